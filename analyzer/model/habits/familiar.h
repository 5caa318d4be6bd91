// Is an object like those that were learned? One rule for each kind of object.
//
// Used by object_habit for what is judged, and for which of the things seen once would have been a surprise.
//
//   familiar_path(tree, trail)   // /var/www/html/new, where files of /var/www/html were opened: true
//
// A path: known itself, or below a directory that is the program's own: one in which it opened something, or
// in which it knows three others; not if many owners share that (/var/lib), and never for a secret (.ssh). So
// requests for other pages, new dates, new customers are familiar; /etc/shadow, /root/.ssh and another
// program's data are not.
//
// An address: class and port are known. Of public ones also the /16 or /48, where those are very few and well
// known: names that resolve to another address every day are not to be told.
//
// A command: its shape is known.
#pragma once

#include "analyzer/model/habits/prefix_tree.h"
#include "analyzer/model/habits/trail.h"

namespace da {

/// `except`: as if this node had not been learned. Null: none.
using Familiar = bool (*)(const PrefixTree& tree, const Trail& trail, const PrefixTree::Node* except);

[[nodiscard]] bool familiar_path(const PrefixTree& tree, const Trail& trail,
                                 const PrefixTree::Node* except = nullptr);
[[nodiscard]] bool familiar_address(const PrefixTree& tree, const Trail& trail,
                                    const PrefixTree::Node* except = nullptr);
[[nodiscard]] bool familiar_command(const PrefixTree& tree, const Trail& trail,
                                    const PrefixTree::Node* except = nullptr);

}  // namespace da
