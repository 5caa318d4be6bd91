#include "analyzer/model/thread_window.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("a run of one call is told apart up to three, longer ones look alike") {
  ThreadWindow window;
  CHECK(window.push(5));
  CHECK(window.push(5));
  CHECK(window.push(5));
  CHECK_FALSE(window.push(5));
  CHECK_FALSE(window.push(5));
  CHECK(window.ngram() == 0x050505);
  CHECK(window.push(6));
  CHECK(window.push(5));
  CHECK(window.ngram() == 0x0505050605U);
}

SCENARIO("different unknown calls are not taken for a run") {
  ThreadWindow window;
  for (int i = 0; i < 5; ++i)
    CHECK(window.push(kOtherSymbol));
  CHECK(length_of(window.ngram()) == 5);
}

SCENARIO("the score is the number of departures in the locality frame") {
  ThreadWindow window;
  for (const bool departs : {true, false, true, true})
    window.mark(departs, 5);
  CHECK(window.score() == 3);
  CHECK(window.quiet() == 0);
  window.mark(false, 5);
  window.mark(false, 5);  // the first falls out
  CHECK(window.score() == 2);
  CHECK(window.quiet() == 2);
  for (int i = 0; i < 5; ++i)
    window.mark(false, 5);
  CHECK(window.score() == 0);
}

SCENARIO("a phrase begins with the call that departed, and is no longer than the order") {
  ThreadWindow window;
  const auto next = [&](Symbol symbol, bool departs) {
    window.push(symbol);
    const Ngram phrase = window.phrase(3);
    window.mark(departs, 20);
    return phrase;
  };
  CHECK(next(1, false) == 0x01);
  CHECK(next(2, false) == 0x0102);
  CHECK(next(3, false) == 0x010203);
  CHECK(next(4, true) == 0x020304);  // what is unseen is said with the call that departs
  CHECK(next(5, false) == 0x0405);
  CHECK(next(6, false) == 0x040506);
  CHECK(next(7, false) == 0x050607);
  CHECK(window.ngram() == 0x01020304050607U);
}

SCENARIO("the widest frame keeps every one of its calls") {
  ThreadWindow window;
  for (int i = 0; i < 40; ++i)
    window.mark(true, kMaxFrame);
  CHECK(window.score() == kMaxFrame);
}

SCENARIO("starting anew forgets symbols and score") {
  ThreadWindow window;
  window.push(1);
  window.mark(true, 20);
  window.start_anew();
  CHECK(window.ngram() == kEmptyNgram);
  CHECK(window.score() == 0);
}
