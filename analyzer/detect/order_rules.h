// How an operator's order changes what is decided of its image. Pure.
//
// Used by the curator. Everything an order says is checked: it comes from Redis.
//
//   Result<> done = apply_order(order, known_programs, decisions);
#pragma once

#include <set>
#include <string>
#include <vector>

#include "analyzer/model/decisions.h"
#include "analyzer/notify/order.h"
#include "common/result.h"

namespace da {

/// What cannot be done, or has no room, changes nothing and is an error. `known`: programs of the image.
[[nodiscard]] Result<> apply_order(const Order& order, const std::set<ProgramKey>& known,
                                   Decisions& decisions);

/// Notes it beside the decisions, done or refused. Keeps the latest Decisions::kMostOrders.
void note_order(const Order& order, const Result<>& done, Decisions& decisions);
[[nodiscard]] bool was_carried_out(const std::string& order_id, const Decisions& decisions);

/// Without those that are empty, too long, or hold what is no system call.
[[nodiscard]] std::set<Ngram> ngrams_of(const std::vector<Behaviour::Calls>& lists);

}  // namespace da
