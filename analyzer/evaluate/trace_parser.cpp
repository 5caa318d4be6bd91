#include "analyzer/evaluate/trace_parser.h"

#include <algorithm>

#include <fmt/format.h>

namespace da {
namespace {

bool is_printable(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Result<> parse_calls(std::string_view words, CallNames& names, std::vector<Symbol>& calls) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    if (word.empty()) continue;
    if (word.size() > kMaxTraceWord)
      return fail(fmt::format("call {} has a name of more than {} bytes", calls.size() + 1, kMaxTraceWord));
    if (!is_printable(word))
      return fail(fmt::format("call {} is neither a number nor a name", calls.size() + 1));
    const Symbol symbol = names.symbol(std::string(word));
    if (symbol == kNoSymbol) return fail(fmt::format("more than {} different calls", CallNames::kMaxNames));
    calls.push_back(symbol);
  }
  return {};
}

}  // namespace

Result<Trace> parse_trace(std::string_view line, CallNames& names) {
  const auto type_at = line.find('\t');
  const auto calls_at = type_at == std::string_view::npos ? type_at : line.find('\t', type_at + 1);
  if (calls_at == std::string_view::npos) return fail("expected id TAB type TAB calls");
  if (type_at == 0) return fail("no id");
  Trace trace;
  trace.type = line.substr(type_at + 1, calls_at - type_at - 1);
  if (trace.type.empty()) return fail("no type");
  if (trace.type.size() > kMaxTraceWord) return fail("the type is too long");
  if (!std::all_of(trace.type.begin(), trace.type.end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return fail("the type is no text");
  if (const auto parsed = parse_calls(line.substr(calls_at + 1), names, trace.calls); !parsed)
    return tl::unexpected(parsed.error());
  if (trace.calls.empty()) return fail("no calls");
  return trace;
}

}  // namespace da
