// `analyzer evaluate`: how well a method detects, on recorded traces.
//
//   analyzer evaluate --train F --normal F --attack F [--method NAME] [--json]
//   analyzer evaluate --suite DIR [--method NAME] [--json]      // each folder with train, normal,
//   attack.tsv.gz
#pragma once

#include <string>

namespace da {

struct EvaluateOptions {
  std::string train, normal, attack;  ///< files, or
  std::string suite;                  ///< a folder
  std::string method;
  bool json = false;
};

/// The exit status: kExitFailure for a file that cannot be read, kExitUsage for a method that does not exist.
int run_evaluate(const EvaluateOptions& options);

}  // namespace da
