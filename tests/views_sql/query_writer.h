#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/random.h"

// Random schemas, rows, changes and queries, as SQL text. The same seed writes the same.
namespace laterbase::sql {

enum class Kind { integer, bigint, real, numeric, text, boolean, date, moment };

struct NamedColumn {
  std::string name;  // as it is written: "t1.a"
  Kind kind;
};
using Columns = std::vector<NamedColumn>;

class QueryWriter {
 public:
  explicit QueryWriter(std::uint64_t seed) : random_(seed) {}

  std::string schema();  // CREATE TABLEs
  std::string rows();    // INSERTs to begin with
  std::string change();  // an INSERT, UPDATE or DELETE
  // A SELECT of so many columns, deterministic as a bag.
  std::string query(int depth, std::size_t columns);

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  struct Table {
    std::string name;
    Columns columns;
  };
  // A FROM clause, and what can be named of it.
  struct From {
    std::string text;
    Columns columns;
  };

  std::string literal(Kind kind);
  std::string insert(const Table& table, std::size_t count);
  std::string pick(std::initializer_list<const char*> words);
  Kind any_kind();

  // query_expressions.cpp
  std::string expression(Kind kind, const Columns& columns, int depth);
  std::string number(Kind kind, const Columns& columns, int depth);
  std::string text(const Columns& columns, int depth);
  std::string moment(Kind kind, const Columns& columns, int depth);
  std::string condition(const Columns& columns, int depth);
  std::string comparison(const Columns& columns, int depth);
  std::string subquery_condition(const Columns& columns, int depth);
  std::string scalar_subquery(Kind kind, const Columns& columns, int depth);
  std::string aggregate(Kind kind, const Columns& columns, int depth);

  // query_writer.cpp
  std::string select(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string grouped(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string set_operation(const std::vector<Kind>& kinds, int depth);
  std::string limited(const std::vector<Kind>& kinds, int depth);
  From from(int depth);
  From joined(const From& left, int depth);
  From source(int depth);
  std::string alias() { return "q" + std::to_string(++aliases_); }

  Random random_;
  std::vector<Table> tables_;
  int aliases_ = 0;
};

}  // namespace laterbase::sql
