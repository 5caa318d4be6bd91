// What the detectors have to save, as part of a shard's commit.
//
// Used by the analyzer's wiring.
//
//   ShardChanges changes;
//   add_to(changes, detectors.take_changes(shard));
#pragma once

#include <iterator>
#include <utility>

#include "analyzer/detect/shard_detectors.h"
#include "analyzer/store/commit.h"

namespace da {

inline void add_to(ShardChanges& changes, ShardDetectors::Changes learned) {
  changes.parts = {std::move(learned.parts), std::move(learned.parts_gone)};
  changes.known = {std::move(learned.known), std::move(learned.known_gone)};
  changes.orders.erase = std::move(learned.orders_done);
  for (SavedThread& thread : learned.threads) {
    if (thread.blob) {
      changes.threads.set.insert_or_assign(std::move(thread.id), *std::move(thread.blob));
    } else {
      changes.threads.erase.push_back(std::move(thread.id));
    }
  }
}

}  // namespace da
