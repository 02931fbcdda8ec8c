#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

// What is wrong with a statement, in PostgreSQL's words: its SQLSTATE, its message, and where it stands in the text.
namespace laterbase::sql {

struct SqlError {
  std::string sqlstate;  // five characters, PostgreSQL's appendix A
  std::string message;
  std::string hint;  // what to do instead; may be empty
  int position = 0;  // 1-based character of the statement's text, 0 where there is none
};

template <typename T>
using SqlResult = boost::system::result<T, SqlError>;

// Required by boost::system::result when value() is called on an error: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const SqlError& error, const boost::source_location& location);

// How an SqlError travels inside this room; the room's doors (statement.h, compile.h, evaluate.h) turn it into a
// result. `offset` is the 0-based byte in the text, as the parser gives it; -1 where there is none.
class SqlException : public std::runtime_error {
 public:
  SqlException(std::string sqlstate, const std::string& message, int offset = -1, std::string hint = {})
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)), hint_(std::move(hint)), offset_(offset) {}

  // The same with its place in `text`, which is what the offset counts in.
  SqlError in(std::string_view text) const;
  const std::string& sqlstate() const noexcept { return sqlstate_; }
  const std::string& hint() const noexcept { return hint_; }
  int offset() const noexcept { return offset_; }

 private:
  std::string sqlstate_;
  std::string hint_;
  int offset_;
};

// 0A000: PostgreSQL has it and we don't; `hint` says what to write instead.
[[noreturn]] void not_supported(const std::string& what, int offset, const std::string& hint);

}  // namespace laterbase::sql
