#include "tests/chaos/ledger.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace da::chaos {

Ledger::Ledger(const std::string& path, Epoch epoch, std::uint16_t shards)
    : bytes_((kHeader + kColumns * shards) * sizeof(std::uint64_t)) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes_)) != 0)
    throw std::system_error(errno, std::generic_category(), path);
  void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
  numbers_ = static_cast<std::uint64_t*>(memory);
  numbers_[0] = to_raw(epoch);
  numbers_[1] = shards;
}

Ledger::~Ledger() {
  ::munmap(numbers_, bytes_);
}

}  // namespace da::chaos
