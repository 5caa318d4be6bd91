#include "proto/syscall_batch.h"

namespace da {

void SyscallBatch::clear() {
  header = {};
  origins.clear();
  segments.clear();
  calls.clear();
  arg_counts.clear();
  args.clear();
  results.clear();
  times_ns.clear();
  captures.clear();
}

}  // namespace da
