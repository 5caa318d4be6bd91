#include "analyzer/evaluate/evaluate_command.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "analyzer/evaluate/evaluation.h"
#include "analyzer/evaluate/evaluation_report.h"
#include "analyzer/evaluate/method.h"
#include "analyzer/evaluate/trace_file.h"
#include "common/command_line.h"

namespace da {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 8;  ///< of folders below a suite's
constexpr std::array<const char*, 3> kParts = {"train", "normal", "attack"};

Result<Evaluation> evaluate_files(const Method& method, const std::string& train, const std::string& normal,
                                  const std::string& attack) {
  CallNames names;
  std::vector<std::vector<Trace>> parts;
  for (const std::string& path : {train, normal, attack}) {
    auto traces = read_traces(path, names);
    if (!traces) return tl::unexpected(traces.error());
    parts.push_back(std::move(*traces));
  }
  return evaluate(method, parts[0], parts[1], parts[2]);
}

std::string part_of(const fs::path& set, const char* part) {
  return (set / part).string() + ".tsv.gz";
}

bool is_set(const fs::path& folder) {
  std::error_code ignored;
  return std::all_of(kParts.begin(), kParts.end(),
                     [&](const char* part) { return fs::exists(part_of(folder, part), ignored); });
}

/// Relative to the suite's folder, in order; the folder itself is ".".
Result<std::vector<std::string>> sets_below(const std::string& suite) {
  std::error_code error;
  std::vector<std::string> sets;
  if (is_set(suite)) sets.emplace_back(".");
  fs::recursive_directory_iterator entry(suite, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
    if (entry->is_directory(ignored) && is_set(entry->path()))
      sets.push_back(entry->path().lexically_relative(suite).string());
  }
  if (error) return fail(error, suite);
  if (sets.empty()) return fail(suite + ": no folder with train.tsv.gz, normal.tsv.gz and attack.tsv.gz");
  std::sort(sets.begin(), sets.end());
  return sets;
}

Result<SuiteResults> evaluate_suite(const Method& method, const std::string& suite) {
  const auto sets = sets_below(suite);
  if (!sets) return tl::unexpected(sets.error());
  SuiteResults results;
  for (const std::string& set : *sets) {
    const fs::path folder = fs::path(suite) / set;
    auto result = evaluate_files(method, part_of(folder, "train"), part_of(folder, "normal"),
                                 part_of(folder, "attack"));
    if (!result) return tl::unexpected(result.error());
    results.emplace_back(set, std::move(*result));
  }
  return results;
}

int refuse(const Error& error, int status) {
  fmt::print(stderr, "analyzer evaluate: {}\n", error.message());
  return status;
}

}  // namespace

int run_evaluate(const EvaluateOptions& options) {
  const auto method = parse_method(options.method.empty() ? kDefaultMethod : options.method);
  if (!method) return refuse(method.error(), kExitUsage);
  if (!options.suite.empty()) {
    const auto results = evaluate_suite(*method, options.suite);
    if (!results) return refuse(results.error(), kExitFailure);
    fmt::print("{}", options.json ? suite_json(*results) + '\n' : suite_text(*results));
    return kExitOk;
  }
  const auto result = evaluate_files(*method, options.train, options.normal, options.attack);
  if (!result) return refuse(result.error(), kExitFailure);
  fmt::print("{}", options.json ? evaluation_json(*result) + '\n' : evaluation_text(*result));
  return kExitOk;
}

}  // namespace da
