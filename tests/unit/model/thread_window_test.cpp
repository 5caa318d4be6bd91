#include "analyzer/model/thread_window.h"

#include <catch2/catch.hpp>

#include "tests/unit/model/ngrams.h"

using namespace da;
using da::test::n;

SCENARIO("a run of one call is told apart up to three, longer ones look alike") {
  ThreadWindow window;
  CHECK(window.push(5));
  CHECK(window.push(5));
  CHECK(window.push(5));
  CHECK_FALSE(window.push(5));
  CHECK_FALSE(window.push(5));
  CHECK(window.ngram() == n({5, 5, 5}));
  CHECK(window.push(6));
  CHECK(window.push(5));
  CHECK(window.ngram() == n({5, 5, 5, 6, 5}));
}

SCENARIO("different unknown calls are not taken for a run") {
  ThreadWindow window;
  for (int i = 0; i < 5; ++i)
    CHECK(window.push(symbol_of(make_call(Arch::x86_64, 1'000'000))));
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
  CHECK(next(1, false) == n({1}));
  CHECK(next(2, false) == n({1, 2}));
  CHECK(next(3, false) == n({1, 2, 3}));
  CHECK(next(4, true) == n({2, 3, 4}));  // what is unseen is said with the call that departs
  CHECK(next(5, false) == n({4, 5}));
  CHECK(next(6, false) == n({4, 5, 6}));
  CHECK(next(7, false) == n({5, 6, 7}));
  CHECK(window.ngram() == n({1, 2, 3, 4, 5, 6, 7}));
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

SCENARIO("a window that was saved goes on where it was") {
  ThreadWindow window;
  for (const Symbol symbol : std::initializer_list<Symbol>{1, 2, 3}) {
    window.push(symbol);
    window.mark(symbol == 2, 20);
  }
  ThreadWindow again;
  again.restore(window.save());
  CHECK(again.ngram() == window.ngram());
  CHECK(again.score() == 1);
  CHECK(again.quiet() == 1);
  CHECK(again.phrase(6) == n({2, 3}));
  again.restore({n({1}), 0, 0, 8});
  CHECK(again.phrase(6) == n({1}));
}
