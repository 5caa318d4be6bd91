// What the status page shows, as read from Redis: plain data, the same whichever analyzer serves it.
//
// Made by PageReader, kept by StatusPage, laid out by the views. Names and paths are hostile text still.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/detect/live_row.h"
#include "analyzer/notify/alert.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/silence.h"
#include "analyzer/operate/alert_report.h"
#include "analyzer/store/collector_table.h"

namespace da {

struct ProfileSummary {
  std::string id;
  std::string executable;
  std::string arch;
  std::string state;   ///< "learning", "shadow", "armed"; empty: it has no profile
  std::string reason;  ///< of the state, and what is missing for the next
  std::uint64_t calls = 0;
  std::size_t ngrams = 0;
  unsigned threshold = 0;
  bool frozen = false;
};

struct ImageSummary {
  std::string key;  ///< as models are keyed
  std::string name;
  bool armed = false;
  bool frozen = false;
  std::string reason;
  std::vector<ProfileSummary> programs;
};

struct AlertSummary {
  std::string id;
  AlertKind kind{};
  std::int64_t time_ns = 0;
  std::string headline;  ///< safe
  std::string host;
  std::string container_id;
  std::string container_name;
  std::string image;
  std::string image_key;
  std::string executable;
  std::string silenced_by;  ///< empty: it is not
  AlertVerdict verdict;
};

struct PageState {
  std::int64_t read_ns = 0;  ///< CLOCK_REALTIME; 0: nothing was read yet
  std::string problem;       ///< why it is not of now; empty: it is
  std::vector<std::string> analyzers;
  std::vector<CollectorRow> collectors;  ///< by host
  std::vector<LiveRow> programs;         ///< by host, container and program
  std::vector<ImageSummary> images;      ///< by name
  std::vector<AlertSummary> alerts;      ///< the latest first
  std::vector<Silence> silences;         ///< in force
  std::size_t unreadable = 0;            ///< rows of Redis that make no sense
};

struct AlertDetail {
  AlertView view;
  AlertSummary summary;
};

struct ProfileDetail {
  ProfileSummary summary;
  std::string image;
  std::string text;  ///< profile_text(): safe
};

/// Nobody said anything to it.
[[nodiscard]] inline bool is_open(const AlertSummary& alert) noexcept {
  return alert.verdict.state == "open";
}
/// Nor is anybody told of it.
[[nodiscard]] inline bool is_silenced(const AlertSummary& alert) noexcept {
  return alert.verdict.state == "silenced";
}

}  // namespace da
