#include "tests/support/smtp_server.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace da::test {
namespace {

/// One line from the child, or what came before it ended.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1 && c != '\n')
    line += c;
  return line;
}

}  // namespace

SmtpServer::SmtpServer(std::vector<std::string> options, std::uint16_t port) {
  std::vector<std::string> words = {"/usr/bin/python3", DA_SMTP_SERVER, "--store",
                                    store_.path(),      "--port",       std::to_string(port)};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);

  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  unsigned number = 0;
  if (std::sscanf(read_line(pipe_ends[0]).c_str(), "ready %u", &number) == 1)
    port_ = static_cast<std::uint16_t>(number);
  ::close(pipe_ends[0]);
}

SmtpServer::~SmtpServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

std::vector<ReceivedMail> SmtpServer::mails() const {
  std::vector<ReceivedMail> received;
  for (int number = 1;; ++number) {
    const std::string stem = store_.path() + "/" + std::to_string(number);
    if (!std::filesystem::exists(stem + ".json")) return received;
    received.push_back({read_file(stem + ".eml"), read_file(stem + ".json")});
  }
}

bool run(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

std::string read_file(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

}  // namespace da::test
