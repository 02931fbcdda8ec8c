#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "views/engine.h"
#include "views/narrow_plan.h"

// How some rows of a relation are found without a look at all: by a key, or in an order in which they can be read.
//
// Threads, Lifetime: those of the engine's readers, and no longer than nobody changes it.
namespace laterbase::views {

struct Lookup {
  enum class By { primary_key, unique_key, order, events };
  By by = By::primary_key;
  std::size_t which = 0;                        // of the unique keys
  std::vector<std::vector<ivm::Value>> points;  // values of the key's columns
  KeptOrder order;                              // or ranges of an order
  std::vector<ivm::Range> ranges;
  std::vector<std::pair<Ulid, Ulid>> keys;   // or of events' keys, both ends included
  std::vector<std::pair<Lc, Lc>> positions;  // or of the log's: after the first, up to and with the second
  bool backwards = false;                    // each range from its end
  std::size_t in_order = 0;                  // so each range has the first so many columns of the wanted order
  std::string columns;                       // by name

  const char* name() const noexcept;  // as EXPLAIN calls it
  std::size_t pieces() const noexcept { return points.size() + ranges.size() + keys.size() + positions.size(); }
};

// What is wanted of a relation: rows in these domains, and perhaps the first of them in an order.
struct Wish {
  const Domains& domains;
  const std::vector<ivm::Order>& order;
  bool few = false;            // only the first ones in that order
  bool only_in_order = false;  // of no use if all of a range isn't in the whole order
};

// The lookup that leaves least to be looked at; nothing where that would be all rows, in no wanted order.
std::optional<Lookup> find_lookup(const Engine& engine, const std::string& relation,
                                  const std::vector<sql::PlanColumn>& columns, const Wish& wish);

// Its rows and perhaps more, as they are kept: a table's with the subject, a view's with the columns of its order. A
// row comes once for each piece that it is in. Where `visit` says false, the rest of the piece is left out.
void visit_lookup(const Engine& engine, const std::string& relation, const Lookup& lookup,
                  const ivm::RowVisitor& visit);
// All rows, as they are kept; they stop where `visit` says false. False where they are not kept.
bool visit_kept(const Engine& engine, const std::string& relation, const ivm::RowVisitor& visit);

}  // namespace laterbase::views
