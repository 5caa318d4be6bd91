#include "common/redis/parser.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <hiredis/read.h>

namespace da::redis {
namespace {

// redisReader moves the unread rest to the front after each reply, which is quadratic in what it was
// fed: so it gets little at a time and is drained before it gets more.
constexpr std::size_t kFeedBytes = 64U << 10U;

/// What the callbacks below share with the parser, through the reader's privdata.
struct Budget {
  std::size_t elements = 0;
  bool exceeded = false;
};

/// The place of the value that hiredis is at: an element of the array above, or a new top-level reply,
/// which hiredis then owns until redisReaderGetReply() hands it over. Null stops the reader.
Reply* place(const redisReadTask* task) noexcept {
  try {
    if (task->parent == nullptr) return new Reply;
    // Elements come in order and an array is complete before its next sibling begins, so growing the
    // vector never moves a Reply that hiredis still points to.
    auto& elements = static_cast<Reply*>(task->parent->obj)->elements;
    return &elements.emplace_back();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void discard(Reply* reply, const redisReadTask* task) noexcept {
  if (task->parent == nullptr) delete reply;
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) {
  Reply* reply = place(task);
  if (reply == nullptr) return nullptr;
  try {
    reply->text.assign(text, size);
  } catch (const std::bad_alloc&) {
    discard(reply, task);
    return nullptr;
  }
  switch (task->type) {
    case REDIS_REPLY_ERROR:
      reply->kind = Reply::Kind::error;
      break;
    case REDIS_REPLY_STATUS:
      reply->kind = Reply::Kind::status;
      break;
    default:
      reply->kind = Reply::Kind::string;
  }
  return reply;
}

void* create_array(const redisReadTask* task, int count) {
  auto* budget = static_cast<Budget*>(task->privdata);
  const auto wanted = static_cast<std::size_t>(std::max(count, 0));
  if (wanted > budget->elements) {
    budget->exceeded = true;
    return nullptr;
  }
  budget->elements -= wanted;
  Reply* reply = place(task);
  if (reply != nullptr) reply->kind = Reply::Kind::array;
  return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
  Reply* reply = place(task);
  if (reply == nullptr) return nullptr;
  reply->kind = Reply::Kind::integer;
  reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) {
  return place(task);
}

void free_reply(void* reply) {
  delete static_cast<Reply*>(reply);
}

redisReplyObjectFunctions g_functions = {create_string, create_array, create_integer, create_nil, free_reply};

struct FreeReader {
  void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};

}  // namespace

struct ReplyParser::State {
  explicit State(ReplyLimits bounds) : limits(bounds), reader(redisReaderCreateWithFunctions(&g_functions)) {
    if (reader == nullptr) throw std::bad_alloc();
    reader->maxbuf = 0;  // else it frees and allocates its buffer again and again
    budget.elements = limits.elements;
    reader->privdata = &budget;
  }

  [[nodiscard]] Result<> drain(std::vector<Reply>& replies);

  ReplyLimits limits;
  Budget budget;
  std::unique_ptr<redisReader, FreeReader> reader;
  std::size_t pending = 0;  ///< bytes of the reply that is not complete yet
  bool broken = false;
};

ReplyParser::ReplyParser(ReplyLimits limits) : state_(std::make_unique<State>(limits)) {}
ReplyParser::~ReplyParser() = default;
ReplyParser::ReplyParser(ReplyParser&&) noexcept = default;
ReplyParser& ReplyParser::operator=(ReplyParser&&) noexcept = default;

Result<> ReplyParser::feed(std::string_view bytes, std::vector<Reply>& replies) {
  State& state = *state_;
  if (state.broken) return fail(std::make_error_code(std::errc::protocol_error), "redis reply");
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kFeedBytes);
    bytes.remove_prefix(part.size());
    if (redisReaderFeed(state.reader.get(), part.data(), part.size()) != REDIS_OK) throw std::bad_alloc();
    state.pending += part.size();
    if (auto drained = state.drain(replies); !drained) {
      state.broken = true;
      return drained;
    }
  }
  return {};
}

Result<> ReplyParser::State::drain(std::vector<Reply>& replies) {
  const auto too_large = [] { return fail(std::make_error_code(std::errc::message_size), "redis reply"); };
  for (;;) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader.get(), &raw) != REDIS_OK) {
      if (budget.exceeded) return too_large();
      return fail(std::make_error_code(std::errc::protocol_error),
                  fmt::format("redis reply: {}", reader->errstr));
    }
    if (raw == nullptr) return pending > limits.bytes ? too_large() : Result<>{};
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(raw));
    pending = reader->len - reader->pos;
    budget.elements = limits.elements;
    replies.push_back(std::move(*reply));
  }
}

}  // namespace da::redis
