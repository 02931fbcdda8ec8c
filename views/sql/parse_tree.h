#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

// PostgreSQL 15's own parser (libpg_query): text in, parse tree out, as JSON with the names of PostgreSQL's nodes.
namespace laterbase::sql {

using Json = nlohmann::json;

// One statement of a text, and the bytes of the text that it stands in.
struct ParsedStatement {
  Json tree;  // {"SelectStmt": {…}}
  std::size_t begin = 0;
  std::size_t size = 0;
};

// Errors: SqlException 42601 with the parser's message and place; 54000 and 54001 for texts over the limits of
// text_limits.h, which bound the parser's stack.
std::vector<ParsedStatement> parse_tree(std::string_view text);

// Nodes are objects of one member, {"ColumnRef": {…}}.
std::string_view node_kind(const Json& node);
const Json& node_body(const Json& node);
bool is_node(const Json& node, std::string_view kind);

// Members that PostgreSQL leaves out where they are zero, false or empty.
const Json& member(const Json& body, const char* name);       // null where it is not there
const Json& list_member(const Json& body, const char* name);  // [] where it is not there
std::string text_member(const Json& body, const char* name);  // "" where it is not there
bool flag_member(const Json& body, const char* name);
std::int64_t number_member(const Json& body, const char* name, std::int64_t otherwise = 0);
int location_of(const Json& body);          // -1 where there is none
int node_location(const Json& node);        // of the node or of what is inside it
std::string string_node(const Json& node);  // {"String":{"sval":"a"}}
std::vector<std::string> string_nodes(const Json& list);

}  // namespace laterbase::sql
