#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Percent-decoding, and the parameters behind the question mark.
namespace laterbase::http {

// Nothing for a '%' that two hexadecimal digits don't follow, or for %00. `plus_is_space`: as forms have it.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);
std::string percent_encoded(std::string_view text);  // everything but letters, digits and -._~:

struct Param {
  std::string name;
  std::string value;
};
using Params = std::vector<Param>;

// Nothing where the encoding is broken. `a` alone is `a=`; empty pieces (`&&`) are skipped.
std::optional<Params> parse_query(std::string_view query);

}  // namespace laterbase::http
