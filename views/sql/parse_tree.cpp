#include "views/sql/parse_tree.h"

#include <pg_query.h>

#include <charconv>
#include <memory>

#include "views/sql/error.h"
#include "views/sql/lexer.h"
#include "views/sql/text_limits.h"

namespace laterbase::sql {
namespace {

const Json nothing = nullptr;
const Json empty_list = Json::array();

struct FreeParseResult {
  void operator()(PgQueryParseResult* result) const {
    pg_query_free_parse_result(*result);
    delete result;
  }
};

// The parser's JSON leaves out integers below zero as if they were zero; the text has them, at the minus.
void restore_negative(Json& constant, std::string_view text) {
  const auto at = static_cast<std::size_t>(number_member(constant, "location", -1));
  if (at >= text.size() || text[at] != '-') return;
  const std::string digits = Lexer(text.substr(at + 1)).next().text;
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  constant["ival"]["ival"] = -value;
}

void restore_negatives(Json& node, std::string_view text) {
  if (node.is_object() && node.contains("ival") && node["ival"].is_object() && node["ival"].empty()) {
    restore_negative(node, text);
  }
  for (Json& inside : node) {
    if (inside.is_structured()) restore_negatives(inside, text);
  }
}

}  // namespace

std::vector<ParsedStatement> parse_tree(std::string_view text) {
  check_text(text);
  const std::string zero_ended(text);
  const std::unique_ptr<PgQueryParseResult, FreeParseResult> result(
      new PgQueryParseResult(pg_query_parse(zero_ended.c_str())));
  if (result->error != nullptr) {
    const std::string message = result->error->message;
    throw SqlException(message.starts_with("frame ") ? "42P20" : "42601", message, result->error->cursorpos - 1);
  }
  Json parsed = Json::parse(result->parse_tree);
  restore_negatives(parsed, text);
  std::vector<ParsedStatement> statements;
  for (const Json& raw : list_member(parsed, "stmts")) {
    const auto begin = static_cast<std::size_t>(number_member(raw, "stmt_location"));
    const auto size = static_cast<std::size_t>(number_member(raw, "stmt_len"));
    statements.push_back({member(raw, "stmt"), begin, size == 0 ? text.size() - begin : size});
  }
  return statements;
}

std::string_view node_kind(const Json& node) {
  if (!node.is_object() || node.size() != 1) return {};
  return node.begin().key();
}

const Json& node_body(const Json& node) { return node.is_object() && node.size() == 1 ? *node.begin() : nothing; }

bool is_node(const Json& node, std::string_view kind) { return node_kind(node) == kind; }

const Json& member(const Json& body, const char* name) {
  if (!body.is_object()) return nothing;
  const auto found = body.find(name);
  return found == body.end() ? nothing : *found;
}

const Json& list_member(const Json& body, const char* name) {
  const Json& found = member(body, name);
  return found.is_array() ? found : empty_list;
}

std::string text_member(const Json& body, const char* name) {
  const Json& found = member(body, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

bool flag_member(const Json& body, const char* name) {
  const Json& found = member(body, name);
  return found.is_boolean() && found.get<bool>();
}

std::int64_t number_member(const Json& body, const char* name, std::int64_t otherwise) {
  const Json& found = member(body, name);
  return found.is_number_integer() ? found.get<std::int64_t>() : otherwise;
}

int location_of(const Json& body) { return static_cast<int>(number_member(body, "location", -1)); }

int node_location(const Json& node) {
  const Json& body = node_body(node);
  const int own = location_of(body);
  if (own >= 0 || !body.is_object()) return own;
  for (const char* inside : {"lexpr", "arg", "val", "rexpr", "node", "subquery", "larg"}) {
    const Json& child = member(body, inside);
    if (child.is_object()) return node_location(child);
  }
  return -1;
}

std::string string_node(const Json& node) { return text_member(node_body(node), "sval"); }

std::vector<std::string> string_nodes(const Json& list) {
  std::vector<std::string> strings;
  for (const Json& node : list) strings.push_back(string_node(node));
  return strings;
}

}  // namespace laterbase::sql
