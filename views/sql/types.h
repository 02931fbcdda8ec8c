#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/type.h"
#include "engine/ivm/value.h"
#include "views/sql/function.h"
#include "views/sql/parse_tree.h"

// PostgreSQL's types: their names, their text, and what becomes what by itself.
namespace laterbase::sql {

// What stands behind a type's name: NUMERIC(10,2), VARCHAR(20), TIMESTAMP(3).
struct TypeModifier {
  int precision = -1;  // NUMERIC's digits, VARCHAR's characters, a time's digits of seconds; -1 is any
  int scale = 0;       // NUMERIC's
  bool small = false;  // SMALLINT, which is an INTEGER of 16 bits here

  bool is_set() const noexcept { return precision >= 0 || small; }
};

struct NamedType {
  ivm::Type type;
  TypeModifier modifier;
};

// Of a TypeName node. Errors: 42704 where there is no such type, 0A000 where there is and we don't have it.
NamedType type_of_name(const Json& type_name);
bool is_array(ivm::Type type) noexcept;
ivm::Type element_of(ivm::Type type) noexcept;
ivm::Type array_of(ivm::Type element, int offset = -1);

// PostgreSQL's letters: B boolean, N numbers, S strings, D dates and times, T intervals, A arrays, U others, X unknown.
char category_of(ivm::Type type) noexcept;
bool is_preferred(ivm::Type type) noexcept;

enum class CastContext { implicit, assignment, explicit_cast };
// Whether it goes at all, and by which function; a null function where nothing has to be done.
struct Cast {
  const Function* function = nullptr;
};
std::optional<Cast> cast_between(ivm::Type from, ivm::Type to, CastContext context);

// PostgreSQL's text of a value, and a value of text. Errors: EvalError 22P02, 22003, 22007, …
std::string print_value(const ivm::Value& value, ivm::Type type);
ivm::Value parse_value(std::string_view text, ivm::Type type);

// Rounds or checks; `explicit_cast` cuts text that is too long instead of refusing it.
ivm::Value apply_modifier(const ivm::Value& value, ivm::Type type, const TypeModifier& modifier, bool explicit_cast);

// The type that all have in common, of UNION, CASE, ARRAY and the like. Errors: 42804 with `what` in its words.
ivm::Type common_type(std::span<const ivm::Type> types, std::string_view what, int offset);

}  // namespace laterbase::sql
