// Until proto/syscalls/describe.cpp is in the tree: enough of it to test the detector.
#include "proto/syscalls/describe.h"
#include "proto/syscalls/table.h"

namespace da {

std::string describe_call(const SyscallRecord& record) {
  std::string text = call_name(record.call) + "(";
  for (const CapturedArg& captured : record.captured)
    text += captured.bytes;
  return text + ")";
}

}  // namespace da
