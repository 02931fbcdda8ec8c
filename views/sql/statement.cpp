#include "views/sql/statement.h"

#include <algorithm>

#include "engine/ivm/expression.h"
#include "views/sql/bind_query.h"
#include "views/sql/bind_statement.h"
#include "views/sql/declaration.h"
#include "views/sql/lexer.h"
#include "views/sql/parse_tree.h"
#include "views/sql/text_limits.h"

namespace laterbase::sql {
namespace {

struct Span {
  std::size_t begin = 0;
  std::size_t size = 0;
};

// Where the statements of a text stand, without their semicolons; empty ones are none.
std::vector<Span> split_statements(std::string_view text) {
  std::vector<Span> spans;
  std::optional<std::size_t> begin;
  for (const Token& token : tokens_of(text)) {
    const bool ends = token.kind == TokenKind::end || (token.kind == TokenKind::symbol && token.text == ";");
    const auto at = static_cast<std::size_t>(token.offset);
    if (ends && begin) spans.push_back({*begin, at - *begin});
    if (ends) {
      begin.reset();
    } else if (!begin) {
      begin = at;
    }
  }
  return spans;
}

// PostgreSQL has no OR REPLACE for materialized views: it is read and made blank.
bool take_or_replace(std::string& text) {
  const std::vector<Token> tokens = tokens_of(text);
  static constexpr std::string_view words[] = {"create", "or", "replace", "materialized"};
  if (tokens.size() < 5) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    if (tokens[i].kind != TokenKind::word || tokens[i].text != words[i]) return false;
  }
  const auto from = static_cast<std::size_t>(tokens[1].offset);
  const auto to = static_cast<std::size_t>(tokens[3].offset);
  text.replace(from, to - from, to - from, ' ');
  return true;
}

// Also where it stands inside of another: WITH gone AS (DELETE …) SELECT, SELECT … INTO.
bool has_change(const Json& tree) {
  if (tree.is_object()) {
    for (const char* change : {"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "intoClause"})
      if (tree.contains(change)) return true;
  }
  return tree.is_structured() && std::any_of(tree.begin(), tree.end(), has_change);
}

bool reads(const Json& tree) {
  if (is_node(tree, "TransactionStmt")) return true;
  const bool explains = is_node(tree, "ExplainStmt");
  const Json& query = explains ? member(node_body(tree), "query") : tree;
  return is_node(query, "SelectStmt") && !has_change(query);
}

SqlException moved(const SqlException& error, std::ptrdiff_t by) {
  const int offset = error.offset() < 0 ? -1 : static_cast<int>(error.offset() + by);
  return {error.sqlstate(), error.what(), offset, error.hint()};
}

template <typename Work>
auto guarded(std::string_view text, std::ptrdiff_t begin, const Work& work) -> SqlResult<decltype(work())> {
  try {
    return {boost::system::in_place_value, work()};
  } catch (const SqlException& error) {
    return moved(error, begin).in(text);
  } catch (const ivm::EvalError& error) {
    return SqlError{error.sqlstate(), error.what(), "", 0};
  }
}

}  // namespace

SqlResult<Script> Script::parse(std::string_view text) {
  return guarded(text, 0, [&] {
    check_text(text);
    if (const auto first = text.find_first_not_of(" \t\r\n"); first != text.npos && text[first] == '\\') {
      throw SqlException("42601", "a backslash begins no statement", static_cast<int>(first),
                         "psql's own commands are psql's: GET /db/{db} lists tables and views.");
    }
    Script script;
    script.text_ = std::string(text);
    for (const Span& span : split_statements(text)) {
      std::string piece(text.substr(span.begin, span.size));
      Piece made{"", span.begin, span.size, is_declaration(piece), false, false};
      made.or_replace = take_or_replace(piece);
      try {
        if (made.declaration) {
          made.tree = read_declaration(piece).dump();
        } else {
          const auto parsed = parse_tree(piece);
          if (parsed.empty()) continue;
          made.tree = parsed.front().tree.dump();
          made.only_reads = reads(parsed.front().tree);
        }
      } catch (const SqlException& error) {
        throw moved(error, static_cast<std::ptrdiff_t>(span.begin));
      }
      script.pieces_.push_back(std::move(made));
    }
    return script;
  });
}

std::string_view Script::text(std::size_t i) const {
  return std::string_view(text_).substr(pieces_.at(i).begin, pieces_.at(i).size);
}

SqlResult<Statement> Script::bind(std::size_t i, const Catalog& catalog, const std::vector<Parameter>& parameters,
                                  std::optional<std::int64_t> now_us) const {
  const Piece& piece = pieces_.at(i);
  return guarded(text_, static_cast<std::ptrdiff_t>(piece.begin), [&]() -> Statement {
    BindContext context{catalog, &parameters};
    if (!piece.declaration) context.now_us = now_us;
    const Json tree = Json::parse(piece.tree);
    if (piece.declaration) return bind_declaration(tree, context);
    Statement statement = bind_statement(tree, text(i), context);
    if (auto* view = std::get_if<CreateView>(&statement)) view->or_replace = piece.or_replace;
    return statement;
  });
}

SqlResult<Statement> read_statement(std::string_view text, const Catalog& catalog,
                                    const std::vector<Parameter>& parameters) {
  const auto script = Script::parse(text);
  if (!script) return script.error();
  if (script->size() != 1) return SqlError{"42601", "one statement is expected", "", 0};
  return script->bind(0, catalog, parameters);
}

SqlResult<ExprPtr> parse_default(std::string_view sql, ivm::Type type) {
  return guarded(sql, 0, [&] { return read_default(sql, type); });
}

SqlResult<Query> read_definition(std::string_view select, const Catalog& catalog, bool replicated) {
  return guarded(select, 0, [&] {
    const auto parsed = parse_tree(select);
    if (parsed.size() != 1 || !is_node(parsed[0].tree, "SelectStmt")) {
      throw SqlException("42601", "a view is defined by one SELECT");
    }
    BindContext context{catalog, nullptr, true, replicated};
    return bind_whole_query(node_body(parsed[0].tree), context);
  });
}

}  // namespace laterbase::sql
