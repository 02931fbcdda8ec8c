#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ivm/circuit.h"
#include "views/outcome.h"

// Reading a relation's rows with PostgREST's parameters (https://postgrest.org): col=eq.x and the like, select=,
// order=, limit=, offset=.
namespace laterbase::views {

struct ReadRequest {
  std::vector<std::pair<std::string, std::string>> filters;  // column, "not.eq.x"
  std::optional<std::string> select, order;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
};

enum class Operator { equal, not_equal, greater, greater_or_equal, less, less_or_equal, like, ilike, in, is };

struct Condition {
  std::size_t column = 0;
  Operator what = Operator::equal;
  bool negated = false;
  std::vector<ivm::Value> values;  // one, or several of `in`; of `is` NULL or a boolean
  std::string pattern;             // of like
};

// A request understood: against a relation's columns.
struct Reading {
  std::vector<Condition> conditions;
  std::vector<std::size_t> columns;  // shown, in order
  std::vector<std::string> names;    // what they are called in the answer
  std::vector<ivm::Order> order;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;

  // NULL matches nothing but `is`.
  bool accepts(ivm::RowView row, const ivm::Schema& schema) const;
};

// Errors: Refusal{parameter}, a sentence that names the parameter.
Outcome<Reading> understand(const ReadRequest& request, const ivm::Schema& schema);

// What was read.
struct Page {
  ivm::Schema schema;          // of the columns shown, with the names of the answer
  std::vector<ivm::Row> rows;  // with just those columns
  std::string tree = {};       // instead of rows: nested JSON
  Ulid epoch;
  Lc lc = 0;        // as of this position
  Lc changed = 0;   // the last one that changed the relation
  std::string tag;  // changes whenever the answer may
};

std::string page_json(const Page& page);
std::string page_lines(const Page& page);  // NDJSON
std::string page_csv(const Page& page);

// One row with the columns of the reading.
ivm::Row shown(ivm::RowView row, const Reading& reading, const ivm::Schema& schema);

}  // namespace laterbase::views
