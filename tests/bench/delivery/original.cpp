// The way of the prototype of 2015, in C++: each record a msgpack map, LPUSHed to one list and BRPOPed from
// it, one by one, by one process each.
//
//   bench_delivery_original push|pop SOCKET RECORDS        // prints JSON: records, CPU ns of this process
//
// The map is its: name, pid, arguments each with name, type and value, result. Faster than it was: that was
// Python.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <sys/resource.h>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <msgpack.hpp>

#include "tests/bench/delivery/server_calls.h"

namespace {

using namespace da;

std::int64_t cpu_ns() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_usec * 1'000;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

struct Freed {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
  void operator()(redisContext* context) const { redisFree(context); }
};
using Reply = std::unique_ptr<redisReply, Freed>;
using Context = std::unique_ptr<redisContext, Freed>;

std::string as_map(std::size_t thread, const SyscallRecord& record) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(4);
  packer.pack("name").pack("syscall_" + std::to_string(static_cast<std::uint32_t>(record.call)));
  packer.pack("pid").pack(1000 + thread);
  packer.pack("args").pack_array(record.arg_count);
  for (std::size_t i = 0; i < record.arg_count; ++i) {
    packer.pack_map(3);
    packer.pack("name").pack("argument");
    packer.pack("type").pack("unsigned long");
    packer.pack("value").pack(record.args[i]);
  }
  packer.pack("result").pack(record.result);
  return {buffer.data(), buffer.size()};
}

bool push(redisContext& redis, std::uint64_t records) {
  bench::ServerCalls calls;
  bool good = true;
  calls.each(records, [&](std::size_t thread, const SyscallRecord& record) {
    const std::string map = as_map(thread, record);
    const Reply reply(
        static_cast<redisReply*>(redisCommand(&redis, "LPUSH calls %b", map.data(), map.size())));
    good = good && reply && reply->type == REDIS_REPLY_INTEGER;
  });
  return good;
}

bool pop(redisContext& redis, std::uint64_t records) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < records; ++i) {
    const Reply reply(static_cast<redisReply*>(redisCommand(&redis, "BRPOP calls 30")));
    if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return false;
    const auto handle = msgpack::unpack(reply->element[1]->str, reply->element[1]->len);
    sum += handle.get().via.map.size;
  }
  return sum == 4 * records;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_delivery_original push|pop SOCKET RECORDS\n");
    return 2;
  }
  const Context redis(redisConnectUnix(argv[2]));
  if (!redis || redis->err != 0) return 1;
  const std::uint64_t records = std::strtoull(argv[3], nullptr, 10);
  const auto before = cpu_ns();
  const bool good = std::string(argv[1]) == "push" ? push(*redis, records) : pop(*redis, records);
  fmt::print("{{\"records\": {}, \"cpu_ns\": {}}}\n", records, cpu_ns() - before);
  return good ? 0 : 1;
}
