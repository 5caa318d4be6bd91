#include "tests/support/private_redis.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace da::test {
namespace {

bool answers_ping(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const timeval wait{0, 200'000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  char reply[64] = {};
  const bool sent = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
                    ::write(fd, "PING\r\n", 6) == 6 && ::read(fd, reply, sizeof(reply) - 1) > 0;
  ::close(fd);
  const std::string_view got = reply;  // one that wants a password or denies PING is up, too
  return sent && (got.starts_with("+PONG") || got.starts_with("-NOAUTH") || got.starts_with("-NOPERM"));
}

bool on_path(const char* program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (::access((std::string(rest.substr(0, colon)) + "/" + program).c_str(), X_OK) == 0) return true;
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

}  // namespace

std::unique_ptr<PrivateRedis> PrivateRedis::start(std::vector<std::string> options) {
  auto redis = prepare(std::move(options));
  if (redis && !redis->run()) return nullptr;
  return redis;
}

std::unique_ptr<PrivateRedis> PrivateRedis::prepare(std::vector<std::string> options) {
  if (!on_path("redis-server")) return nullptr;
  std::string pattern = (std::filesystem::temp_directory_path() / "da-redis-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return nullptr;
  std::unique_ptr<PrivateRedis> redis(new PrivateRedis);
  redis->directory_ = pattern;
  std::ofstream config(pattern + "/redis.conf");
  config << "port 0\nunixsocket " << pattern << "/redis.sock\ndir " << pattern
         << "\nappendonly yes\nappendfsync everysec\nsave \"\"\nlogfile " << pattern << "/redis.log\n";
  for (const auto& line : options)
    config << line << '\n';
  return redis;
}

PrivateRedis::~PrivateRedis() {
  end(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool PrivateRedis::run() {
  std::filesystem::remove(directory_ + "/redis.sock");
  const std::string config = directory_ + "/redis.conf";
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves none behind
    if (::getppid() != parent) ::_exit(127);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::execlp("redis-server", "redis-server", config.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  for (int i = 0; i < 1000; ++i) {
    if (answers_ping(directory_ + "/redis.sock")) return true;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  end(SIGKILL);
  return false;
}

void PrivateRedis::kill() {
  end(SIGKILL);
}
void PrivateRedis::terminate() {
  end(SIGTERM);
}
void PrivateRedis::freeze() {
  ::kill(pid_, SIGSTOP);
}
void PrivateRedis::thaw() {
  ::kill(pid_, SIGCONT);
}

redis::Endpoint PrivateRedis::endpoint(redis::Credentials credentials, int database) const {
  return redis::Endpoint::from(address(), std::move(credentials), database).value();
}
std::string PrivateRedis::address() const {
  return "unix://" + directory_ + "/redis.sock";
}

void PrivateRedis::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGCONT);
  ::kill(pid_, signal);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace da::test
