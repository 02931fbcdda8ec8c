#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "views/sql/error.h"
#include "views/tree/fragment.h"

// A tree query's text as a tree of its nodes. The grammar, with words in any case and blanks and comments as in SQL:
//
//   tree       = node ;
//   node       = ("MANY" | "ONE") relation [where] [order] {limit | after} block
//              | ("COUNT" | "EXISTS") relation [where] ;
//   relation   = name [["AS"] name] ;                          (* a table, a view or events *)
//   where      = "WHERE" condition ;
//   order      = "ORDER" "BY" key {"," key} ;
//   key        = expression ["ASC" | "DESC"] ["NULLS" ("FIRST" | "LAST")] ;
//   limit      = "LIMIT" constant ;
//   after      = "AFTER" (expression | "(" expression {"," expression} ")") ;
//   block      = "{" field {"," field} [","] "}" ;
//   field      = "*" | [name "."] column | name ":" (node | expression) ;
//
// Conditions and expressions are SQL's, read by PostgreSQL's parser, with two forms more, which reach to the end of
// the expression or to the parenthesis that they stand in:
//
//   condition  = … | "EXISTS" relation [where] ;
//   expression = … | "(" "COUNT" relation [where] ")" | "$" name ;
//
// So LIMIT, AFTER and ORDER BY outside of parentheses end an expression: columns of these names are written in quotes.
namespace laterbase::tree {

inline constexpr std::size_t longest_text_bytes = std::size_t{64} << 10;
inline constexpr std::size_t most_nodes = 64;
inline constexpr std::size_t deepest_node = 16;
inline constexpr std::size_t most_fields = 256;  // of one block

enum class NodeKind { many, one, count, exists };

struct NameAt {
  std::string name;
  int offset = 0;  // 0-based byte of the text
};

struct Node;

struct Field {
  NameAt name;                         // "" of *
  bool all = false;                    // *
  std::optional<Fragment> expression;  // a column or a computed value; of COUNT and EXISTS too, as in an expression
  std::unique_ptr<Node> node;          // null where it is an expression
};

struct Node {
  NodeKind kind = NodeKind::many;
  int offset = 0;
  NameAt relation;
  std::string alias;  // the relation's name where none is given
  std::optional<Fragment> where, order, limit, after;
  int block = 0;  // where its fields begin
  std::vector<Field> fields;
};

struct Syntax {
  Node root;
  std::vector<NameAt> parameters;  // by their names, in the order in which $1, $2, … stand for them in fragments
};

// A node's relation as FROM has it: "issue" AS "i".
std::string item_of(const Node& node);

// Errors: SqlError 42601 with the place and, as its hint, what was expected; 54000 and 54001 over the bounds.
sql::SqlResult<Syntax> parse(std::string_view text);

}  // namespace laterbase::tree
