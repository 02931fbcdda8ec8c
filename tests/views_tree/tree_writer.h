#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/random.h"

// Random schemas, rows, changes and trees. A tree is written twice: as a tree query, and as the SELECT with json_agg
// over lateral sub-queries that PostgreSQL computes it by. The same seed writes the same.
namespace laterbase::tree::tests {

struct WrittenTree {
  std::string text;
  std::string select;  // one row, one column: the answer
};

class TreeWriter {
 public:
  explicit TreeWriter(std::uint64_t seed) : random_(seed) {}

  std::string schema();  // CREATE TABLEs and a view, for both
  std::string rows();    // INSERTs
  std::string change();  // one INSERT, UPDATE or DELETE
  WrittenTree tree();

 private:
  enum class Kind { number, text, moment, flag };
  struct Column {
    std::string name;
    Kind kind;
  };
  struct Relation {
    std::string name;
    std::vector<Column> columns;
    bool has_key;  // id
    bool is_view = false;
  };
  // A node that another stands in.
  struct Around {
    std::string alias;
    const Relation* relation;
  };
  using Path = std::vector<Around>;
  struct Order {
    std::string expression;
    bool descending, nulls_first;
    Kind kind;
  };

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string pick(const std::vector<std::string>& words) { return words[below(words.size())]; }

  std::string literal(Kind kind);
  std::string row(const Relation& relation, std::uint64_t id);
  std::string column_of(const Around& at, Kind kind);  // "" where it has none
  std::string any_value(const Path& path, Kind kind, bool own);
  std::string comparison(const Path& path);
  WrittenTree condition(const Path& path, int depth);
  std::string correlation(const Path& path);
  WrittenTree exists(const Path& path, int depth);
  WrittenTree where(const Path& path, int depth, bool correlated);
  std::string computed(const Path& path);
  std::vector<Order> orders(const Around& at);
  std::string after(const std::vector<Order>& keys, std::string& condition);
  WrittenTree rows_node(const Path& path, bool many, int depth);
  WrittenTree value_node(const Path& path, bool count, int depth);
  WrittenTree node(Path path, int depth);
  const Relation& any_relation() { return relations_[below(relations_.size())]; }

  Random random_;
  std::vector<Relation> relations_;
  int aliases_ = 0;
  std::uint64_t next_id_ = 1;
};

}  // namespace laterbase::tree::tests
