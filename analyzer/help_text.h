// What `analyzer --help` says beside its options: how it is controlled, which files it reads, and how to
// begin.
//
// Used by main(). Everything in here is said at more length in docs/operator.md and docs/configuration.md.
#pragma once

namespace da::help {

inline constexpr const char* kDescription =
    "Learns how the programs in containers use system calls, and mails the admins when one departs from it.\n"
    "Without a command it is the service: it reads what collectors write to Redis, as one of any number of\n"
    "analyzers that share the work, until SIGTERM. The commands need no analyzer on this host; their own "
    "options\n"
    "are told by `analyzer COMMAND --help`.";

inline constexpr const char* kFooter = R"(Signals:
  SIGTERM, SIGINT   hands its shards to the other analyzers, and ends within seconds
  SIGHUP            reads the configuration again; one that is wrong changes nothing

Files and environment, those further down count more:
  /etc/docker-anomalies/analyzer.yaml    or what --config names
  conf.d/*.yaml, analyzer.d/*.yaml       in the same directory
  DOCKER_ANOMALIES__REDIS__URL           and so on, for every key
  DOCKER_ANOMALIES_REDIS_PASSWORD, DOCKER_ANOMALIES_SMTP_PASSWORD
  -o KEY=VALUE
NO_COLOR, if set: no colors.

Exit status: 0 ended on request or done, 1 failure, 2 usage, 78 configuration.

Examples:
  analyzer --check-config                       is the configuration right?
  analyzer --print-config                       what is in force, and where it was given
  analyzer top                                  what is watched, and how far from an alert
  analyzer profile list                         what is learned, and what it waits for
  analyzer alert list --state open              what nobody has answered
  analyzer alert accept ID --comment 'release'  that is ordinary from now on)";

}  // namespace da::help
