#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/type.h"
#include "engine/ivm/value.h"

// Functions and operators: what PostgreSQL has in pg_proc and pg_operator, as far as they are pure.
namespace laterbase::sql {

// The arguments are of the function's types (NULL only where it is not strict); `result` is the type that the call
// has, which tells polymorphic functions what they make.
// Errors: throws ivm::EvalError.
using Evaluate = ivm::Value (*)(std::span<const ivm::Value> args, ivm::Type result);

// What an argument may be.
enum class Pseudo : std::uint8_t { none, any, any_element, any_array };

struct ArgType {
  ivm::Type type;
  Pseudo pseudo = Pseudo::none;

  ArgType(ivm::TypeKind kind) : type{kind} {}  // NOLINT: tables of functions read better so
  ArgType(ivm::Type given) : type(given) {}    // NOLINT
  ArgType(Pseudo given) : pseudo(given) {}     // NOLINT
  friend bool operator==(const ArgType&, const ArgType&) = default;
};

struct Function {
  std::string name;  // operators by their signs
  std::vector<ArgType> args;
  ArgType result;
  Evaluate evaluate;
  bool may_fail = false;
  bool strict = true;     // NULL where any argument is NULL
  bool variadic = false;  // the last argument any number of times, at least once
};

// Functions (or operators, which are named by their signs) of a name; empty where there is none.
std::vector<const Function*> functions_named(std::string_view name);
std::vector<const Function*> operators_named(std::string_view name);
// The one with just these types; null where there is none.
const Function* find_operator(std::string_view name, const std::vector<ivm::Type>& args);

// The parts of the table, by what the functions are about. Each is called once.
struct Tables {
  std::vector<Function> functions;
  std::vector<Function> operators;
};
void add_comparisons(Tables& tables);
void add_integer_functions(Tables& tables);
void add_real_functions(Tables& tables);
void add_numeric_functions(Tables& tables);
void add_text_functions(Tables& tables);
void add_pattern_functions(Tables& tables);
void add_time_operators(Tables& tables);
void add_time_functions(Tables& tables);
void add_json_functions(Tables& tables);
void add_json_changes(Tables& tables);
void add_array_functions(Tables& tables);

}  // namespace laterbase::sql
