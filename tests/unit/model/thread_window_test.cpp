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

SCENARIO("the score is the number of unseen n-grams in the locality frame") {
  ThreadWindow window;
  for (const bool unseen : {true, false, true, true})
    window.mark(unseen, 5);
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
