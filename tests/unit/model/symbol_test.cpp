#include "analyzer/model/symbol.h"

#include <catch2/catch.hpp>

#include "analyzer/model/ngram.h"

using namespace da;

SCENARIO("a symbol is the call itself, on every architecture") {
  for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64}) {
    for (const int number : {0, 1, 334, 462, 4093}) {
      const CallId call = make_call(arch, number);
      const Symbol symbol = symbol_of(call);
      CHECK(symbol != kNoSymbol);
      CHECK(is_symbol(symbol));
      CHECK_FALSE(is_other(symbol));
      CHECK(call_of(symbol) == call);
    }
  }
  CHECK(symbol_of(make_call(Arch::x86_64, 2)) != symbol_of(make_call(Arch::i386, 2)));
}

SCENARIO("numbers that no kernel has share a symbol of their architecture") {
  const Symbol other = symbol_of(make_call(Arch::x86_64, 4094));
  CHECK(is_other(other));
  CHECK(symbol_of(make_call(Arch::x86_64, 1'000'000)) == other);
  CHECK(symbol_of(make_call(Arch::x86_64, -1)) == other);
  CHECK(symbol_of(make_call(Arch::i386, -1)) != other);
  CHECK(number_of(call_of(other)) == static_cast<std::int32_t>(kNumberBeyond));
  CHECK_FALSE(is_symbol(0));
  CHECK_FALSE(is_symbol(0x1000));
  CHECK_FALSE(is_symbol(0x4001));
}

SCENARIO("an n-gram packs its newest symbol lowest and knows its length") {
  Ngram ngram = kEmptyNgram;
  CHECK(length_of(ngram) == 0);
  for (const Symbol symbol : std::initializer_list<Symbol>{3, 7, 0xffff})
    ngram = append(ngram, symbol);
  CHECK(ngram == Ngram{0x0003'0007'ffff});
  CHECK(length_of(ngram) == 3);
  CHECK(suffix(ngram, 2) == 0x0007'ffff);
  CHECK(context_of(ngram) == 0x0003'0007);
  CHECK(newest(ngram) == 0xffff);
  CHECK(symbol_at(ngram, 2) == 3);
  CHECK(symbol_at(ngram, 3) == kNoSymbol);
  for (int i = 0; i < 20; ++i)
    ngram = append(ngram, 9);
  CHECK(length_of(ngram) == kMaxOrder);
  CHECK(suffix(ngram, kMaxOrder) == ngram);
}
