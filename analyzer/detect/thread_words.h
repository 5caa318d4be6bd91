// What sets an unusual thread apart, in words, for its alert.
//
//   thread_words(verdict, Arch::x86_64)
//       // "score 9.1, threshold of threads 6.3; surprisal z 12.0 (3.41), pairs z 5.2 (0.38), rare z 0.9
//       (0.01); calls
//       // that the nearest learned thread did not make: ptrace, mount"
#pragma once

#include <string>

#include "analyzer/model/whole_thread.h"
#include "proto/call_id.h"

namespace da {

[[nodiscard]] std::string thread_words(const ThreadVerdict& verdict, Arch arch);

}  // namespace da
