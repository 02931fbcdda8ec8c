#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/error.h"
#include "engine/events/event.h"
#include "views/sql/error.h"
#include "views/sql/plan.h"

// What comes of a request, in terms that a door can say in its own.
namespace laterbase::views {

// Why nothing was done.
struct Refusal {
  enum class Kind {
    statement,    // it can't be: `sql` says why, with PostgreSQL's code
    parameter,    // of a read
    not_found,    // a relation that isn't there
    building,     // a view that is not ready: `done` of `total`
    broken,       // a view that can't be computed
    broken_fold,  // a fold whose code threw
    refused,      // an event that somebody's validator does not want
    gone,         // a position that is not one of this log's
    unsupported,  // wants something that there isn't
    append,       // the log did not take the event: `code`
    forbidden,    // a statement that writes, for who may only read
  };
  Kind kind = Kind::statement;
  sql::SqlError sql;
  std::uint64_t done = 0, total = 0;
  std::variant<ErrorCode, FailureCode> code = ErrorCode::invalid;

  static Refusal of(sql::SqlError error) { return {Kind::statement, std::move(error), 0, 0, ErrorCode::invalid}; }
  static Refusal of(Kind kind, std::string message) {
    return {kind, {"", std::move(message), "", 0}, 0, 0, ErrorCode::invalid};
  }
  const std::string& message() const noexcept { return sql.message; }
};

template <typename T>
using Outcome = boost::system::result<T, Refusal>;

// Required by boost::system::result when value() is called on an error: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& location);

// One statement's result.
struct StatementResult {
  std::string command;                   // "INSERT"; "SELECT" for rows
  std::optional<std::uint64_t> count;    // rows written
  std::vector<sql::PlanColumn> columns;  // of rows
  std::string rows;                      // [[…],…] in JSON
};

struct Answer {
  Ulid epoch;
  Lc lc = 0;
  std::vector<StatementResult> results;
};

}  // namespace laterbase::views
