#include "analyzer/model/symbol.h"

#include <catch2/catch.hpp>

#include "analyzer/model/ngram.h"

using namespace da;

SCENARIO("calls get dense symbols in the order in which they are met") {
  SymbolTable symbols;
  const CallId open = make_call(Arch::x86_64, 2);
  const CallId i386_open = make_call(Arch::i386, 5);
  CHECK(symbols.find(open) == kNoSymbol);
  CHECK(symbols.learn(open) == 1);
  CHECK(symbols.learn(i386_open) == 2);
  CHECK(symbols.learn(open) == 1);
  CHECK(symbols.find(i386_open) == 2);
  CHECK(symbols.call_of(2) == i386_open);
  CHECK(symbols.size() == 2);
}

SCENARIO("the 255th distinct call shares a symbol with all further ones, and the table says so") {
  SymbolTable symbols;
  for (int number = 0; number < 254; ++number)
    CHECK(symbols.learn(make_call(Arch::x86_64, number * 7)) == number + 1);
  CHECK_FALSE(symbols.overflowed());
  CHECK(symbols.learn(make_call(Arch::aarch64, 1)) == kOtherSymbol);
  CHECK(symbols.overflowed());
  CHECK(symbols.size() == kMaxSymbols);
  CHECK(symbols.find(make_call(Arch::aarch64, 1)) == kNoSymbol);
}

SCENARIO("an n-gram packs its newest symbol lowest and knows its length") {
  Ngram ngram = kEmptyNgram;
  CHECK(length_of(ngram) == 0);
  for (const Symbol symbol : std::initializer_list<Symbol>{3, 7, 255})
    ngram = append(ngram, symbol);
  CHECK(ngram == 0x0307ff);
  CHECK(length_of(ngram) == 3);
  CHECK(suffix(ngram, 2) == 0x07ff);
  CHECK(context_of(ngram) == 0x0307);
  CHECK(newest(ngram) == 255);
  CHECK(symbol_at(ngram, 2) == 3);
  CHECK(symbol_at(ngram, 3) == kNoSymbol);
  for (int i = 0; i < 20; ++i)
    ngram = append(ngram, 9);
  CHECK(length_of(ngram) == kMaxOrder);
  CHECK(suffix(ngram, kMaxOrder) == ngram);
}
