#pragma once

#include <string>

#include "engine/ivm/type.h"
#include "engine/ivm/value.h"
#include "views/sql/json_value.h"

// SQL values as JSON, as to_jsonb() and row_to_json() have them.
namespace laterbase::sql {

JsonValue json_of(const ivm::Value& value);
// The text of it. Cost: numbers, booleans and text go to `to` directly.
void append_json(std::string& to, const ivm::Value& value, ivm::Type type);

}  // namespace laterbase::sql
