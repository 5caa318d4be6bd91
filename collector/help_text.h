// What `collector --help` says beside its options: how it is controlled, which files it reads, and how to
// begin.
//
// Used by main(). Everything in here is said at more length in docs/configuration.md and docs/ptrace.md.
#pragma once

namespace da::help {

inline constexpr const char* kDescription =
    "Traces the processes of this host's Docker containers and ships their system calls to the analyzers, by "
    "way\n"
    "of Redis. Runs as root, until SIGTERM.";

inline constexpr const char* kFooter = R"(Signals:
  SIGTERM, SIGINT   lets every process go, ships what is left, and ends
  SIGHUP            reads the configuration again; one that is wrong changes nothing

Files and environment, those further down count more:
  /etc/docker-anomalies/collector.yaml   or what --config names
  conf.d/*.yaml, collector.d/*.yaml      in the same directory
  DOCKER_ANOMALIES__REDIS__URL           and so on, for every key
  DOCKER_ANOMALIES_REDIS_PASSWORD
  -o KEY=VALUE

Exit status: 0 ended on request, 1 failure, 2 usage, 78 configuration; of trace: that of the command.

Examples:
  collector --check-config                      is the configuration right?
  collector -o capture.budget=10%               no container stands still for more than a tenth of the time
  collector trace -- ls /                       what strace -f would show, by this tracer
  collector trace --format json --output FILE -- COMMAND)";

}  // namespace da::help
