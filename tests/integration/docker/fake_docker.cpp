#include "tests/integration/docker/fake_docker.h"

#include <chrono>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

namespace da::test {

void FakeDocker::Peer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the client has hung up, as it may
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void FakeDocker::Peer::reply(int status, std::string_view body) const {
  send(fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
                   body.size(), body));
}

void FakeDocker::Peer::send_chunk(std::string_view body) const {
  send(fmt::format("{:x}\r\n{}\r\n", body.size(), body));
}

void FakeDocker::Peer::wait_for_hang_up() const {
  char byte = 0;
  while (!docker_.ending_ && ::recv(fd_, &byte, 1, 0) > 0) {
  }
}

FakeDocker::FakeDocker(const std::string& path)
    : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_.get(), 64) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  acceptor_ = std::thread([this] { accept_loop(); });
}

FakeDocker::~FakeDocker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int fd : open_)
      ::shutdown(fd, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_)
    thread.join();
}

void FakeDocker::on(const std::string& part, Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  behaviours_[part] = std::move(behaviour);
}

int FakeDocker::requests(const std::string& part) const {
  const std::lock_guard lock(mutex_);
  int count = 0;
  for (const auto& target : targets_)
    count += target.find(part) != std::string::npos ? 1 : 0;
  return count;
}

void FakeDocker::set_container(const std::string& id, int pid) {
  const std::lock_guard lock(mutex_);
  if (pid == 0) {
    containers_.erase(id);
  } else {
    containers_[id] = pid;
  }
}

void FakeDocker::set_created(const std::string& id, const std::string& name, const std::string& image) {
  const std::lock_guard lock(mutex_);
  if (name.empty()) {
    created_.erase(id);
  } else {
    created_[id] = {name, image};
  }
}

void FakeDocker::send_event(const std::string& line) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(line);
  }
  changed_.notify_all();
}

void FakeDocker::cut_streams() {
  {
    const std::lock_guard lock(mutex_);
    ++cuts_;
  }
  changed_.notify_all();
}

std::string FakeDocker::event(const std::string& action, const std::string& id) {
  return fmt::format(
      R"({{"Type":"container","Action":"{}","Actor":{{"ID":"{}","Attributes":{{"name":"{}"}}}},"timeNano":1}})",
      action, id, id.substr(0, 1));
}

std::string FakeDocker::inspect_body(const std::string& id, int pid) {
  return fmt::format(
      R"({{"Id":"{}","Name":"/{}","Config":{{}},"State":{{"Running":true,"Pid":{},"StartedAt":"{}"}}}})", id,
      id.substr(0, 1), pid, pid);
}

std::string FakeDocker::created_body(const std::string& id, const std::string& name) {
  return fmt::format(
      R"({{"Id":"{}","Name":"/{}","Image":"sha256:1b75","Config":{{"Image":"nginx:as-given"}},)"
      R"("State":{{"Running":false,"Pid":0,"StartedAt":""}}}})",
      id, name);
}

/// Of all containers, or of the one that the target names.
std::string FakeDocker::list_body(const std::string& target) const {
  const bool has_filter = target.find("filters=") != std::string::npos;
  std::string list;
  const auto append = [&](const std::string& id, const std::string& name, const std::string& image,
                          const char* state) {
    if (has_filter && target.find(id) == std::string::npos) return;
    list += fmt::format(
        R"({}{{"Id":"{}","Names":["/{}"],"Image":"{}","ImageID":"sha256:1b75","Labels":{{}},"State":"{}"}})",
        list.empty() ? "" : ",", id, name, image, state);
  };
  for (const auto& [id, pid] : containers_)
    append(id, id.substr(0, 1), "nginx", "running");
  for (const auto& [id, name_and_image] : created_)
    append(id, name_and_image.first, name_and_image.second, "created");
  return "[" + list + "]";
}

void FakeDocker::accept_loop() {
  while (true) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    if (ending_) {
      ::close(fd);
      return;
    }
    open_.insert(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void FakeDocker::serve(int fd) {
  const UniqueFd owned(fd);
  std::string request;
  char block[1024];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const auto got = ::recv(fd, block, sizeof block, 0);
    if (got <= 0) break;
    request.append(block, static_cast<std::size_t>(got));
  }
  const std::size_t begin = request.find(' ') + 1;
  const std::string target = request.substr(begin, request.find(' ', begin) - begin);
  Peer peer(*this, fd);
  answer(target, peer);
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
}

void FakeDocker::answer(const std::string& target, Peer& peer) {
  std::string list;
  std::map<std::string, int> containers;
  std::map<std::string, std::pair<std::string, std::string>> created;
  {
    std::unique_lock lock(mutex_);
    targets_.push_back(target);
    for (const auto& [part, behaviour] : behaviours_) {
      if (!behaviour || target.find(part) == std::string::npos) continue;
      const Behaviour chosen = behaviour;
      lock.unlock();
      chosen(peer);
      return;
    }
    containers = containers_;
    created = created_;
    list = list_body(target);
  }
  if (target == "/version") return peer.reply(200, R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})");
  if (target == "/_ping") return peer.reply(200, "OK");
  if (target.find("/events") != std::string::npos) return stream_events(peer);
  if (target.find("/containers/json") != std::string::npos) return peer.reply(200, list);
  for (const auto& [id, pid] : containers) {
    if (target.ends_with("/containers/" + id + "/json")) return peer.reply(200, inspect_body(id, pid));
  }
  for (const auto& [id, name_and_image] : created) {
    if (target.ends_with("/containers/" + id + "/json"))
      return peer.reply(200, created_body(id, name_and_image.first));
  }
  peer.reply(404, R"({"message":"no such container"})");
}

void FakeDocker::stream_events(Peer& peer) {
  peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::unique_lock lock(mutex_);
  const int cuts_before = cuts_;
  std::size_t sent = events_.size();
  while (true) {
    changed_.wait(lock, [&] { return ending_ || cuts_ != cuts_before || sent < events_.size(); });
    if (ending_) return;
    if (cuts_ != cuts_before) {
      peer.send("20\r\n{\"Type\":\"conta");
      return;
    }
    peer.send_chunk(events_[sent++] + "\n");
  }
}

}  // namespace da::test
