#include "tests/integration/docker/private_daemon.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/docker/command.h"

namespace da::test {

tl::expected<std::unique_ptr<PrivateDaemon>, std::string> PrivateDaemon::start(
    std::vector<std::string> options) {
  if (::geteuid() != 0) return tl::unexpected<std::string>("a private dockerd needs root");
  std::unique_ptr<PrivateDaemon> daemon(new PrivateDaemon);
  daemon->options_ = std::move(options);
  if (!daemon->run()) return tl::unexpected("a private dockerd does not start: " + daemon->last_words());

  const std::string root = daemon->directory_.path("image");
  std::filesystem::create_directory(root);
  std::filesystem::copy_file(DA_PAUSE_PROGRAM, root + "/pause");
  const std::string archive = daemon->directory_.path("image.tar");
  const auto packed = run_program({"tar", "-C", root, "-cf", archive, "pause"});
  const auto imported = DockerCli(daemon->socket())({"import", "-c", "CMD [\"/pause\"]", archive, "pause"});
  if (packed.status != 0 || imported.status != 0) {
    return tl::unexpected("a private dockerd takes no image: " + packed.output + imported.output);
  }
  return daemon;
}

PrivateDaemon::~PrivateDaemon() {
  end();
  // With live restore dockerd leaves its data directory mounted on itself, for its next start.
  ::umount2(directory_.path("data").c_str(), MNT_DETACH);
}

bool PrivateDaemon::run() {
  std::vector<std::string> arguments{"dockerd",
                                     "--host=unix://" + socket(),
                                     "--data-root=" + directory_.path("data"),
                                     "--exec-root=" + directory_.path("exec"),
                                     "--pidfile=" + directory_.path("pid"),
                                     "--bridge=none",
                                     "--iptables=false",
                                     "--ip6tables=false"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);

  const int log = ::open(directory_.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // a test that crashes leaves none behind
    if (::getppid() != parent) ::_exit(127);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    // Never in the host's network: with --bridge=none dockerd deletes the docker0 it finds there, which is
    // the other daemon's.
    if (::unshare(CLONE_NEWNET) != 0) {
      ::dprintf(STDERR_FILENO, "cannot make a network namespace\n");
      ::_exit(126);
    }
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(log);
  const DockerCli docker(socket());
  for (int i = 0; i < 300; ++i) {
    if (docker({"version"}).status == 0) return true;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

void PrivateDaemon::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 400 && pid_ > 0; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string PrivateDaemon::last_words() const {
  std::ifstream log(directory_.path("log"));
  const std::string text{std::istreambuf_iterator<char>(log), {}};
  constexpr std::size_t kShown = 300;
  return text.size() > kShown ? text.substr(text.size() - kShown) : text;
}

}  // namespace da::test
