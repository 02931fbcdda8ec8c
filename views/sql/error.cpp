#include "views/sql/error.h"

#include "engine/base/invariant.h"

namespace laterbase::sql {
namespace {

int character_at(std::string_view text, int offset) {
  if (offset < 0) return 0;
  int characters = 1;
  for (std::size_t i = 0; i < text.size() && i < static_cast<std::size_t>(offset); ++i) {
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
    if (!continues) ++characters;
  }
  return characters;
}

}  // namespace

void throw_exception_from_error(const SqlError& error, const boost::source_location& location) {
  throw std::logic_error("value() of an SQL error: " + error.message + " at " + location.to_string());
}

SqlError SqlException::in(std::string_view text) const {
  return {sqlstate_, what(), hint_, character_at(text, offset_)};
}

void not_supported(const std::string& what, int offset, const std::string& hint) {
  throw SqlException("0A000", what + " is not supported", offset, hint);
}

}  // namespace laterbase::sql
