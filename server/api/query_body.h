#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/answers.h"

// What is asked in a language of its own: as its text, or in JSON with what stands for its parameters.
namespace laterbase::api {

struct QueryBody {
  std::string text;
  nlohmann::json parameters;  // null where there are none
};

// How a language comes in JSON: {"sql":…,"params":[…]}.
struct QueryForm {
  const char* member;         // of the text
  std::string_view language;  // as a sentence about it begins
  bool named = false;         // parameters may be an object too
  std::string_view advice;    // where the JSON is another
};

// Nothing, and the exchange has its problem, where the body is not like that.
std::optional<QueryBody> query_body(Exchange& exchange, const QueryForm& form);

}  // namespace laterbase::api
