// The `outputs` mapping of the analyzer's configuration: where alerts go beside the mail.
//
//   outputs:
//     file: {path: /var/log/docker-anomalies/alerts.jsonl}
//     syslog: {socket: /dev/log}
//     webhook: {url: "https://hooks.example.org/alerts", token_file: /etc/docker-anomalies/webhook.token}
#pragma once

#include <optional>
#include <string>

#include "analyzer/output/syslog_output.h"
#include "analyzer/output/webhook_client.h"
#include "common/config/section.h"

namespace da {

struct OutputsConfig {
  std::optional<std::string> file;  ///< its path
  std::optional<SyslogConfig> syslog;
  std::optional<WebhookConfig> webhook;
  bool mask = true;  ///< hide what looks like a secret
};

/// Reads the section and calls done(). Throws ConfigError.
[[nodiscard]] OutputsConfig read_outputs_config(Section section);

}  // namespace da
