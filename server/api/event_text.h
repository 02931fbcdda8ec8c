#pragma once

#include <string>
#include <string_view>

#include "engine/events/event.h"

// Events as the HTTP contract writes them.
namespace laterbase::api {

// {"lc":17,"key":"…","at":"…","value":…}, or "base64" where the bytes are not JSON. In `one_line` the line breaks that
// a JSON value has between its tokens become blanks, for the sake of formats in which a line is a record; otherwise the
// value is byte for byte what was posted. Cost: no allocation beyond `out`.
void append_event(std::string& out, const Event& event, bool one_line);

// "01ARZ3NDEKTSV4RRFFQ69G5FAV:17"
std::string clock_text(const Ulid& epoch, Lc lc);
void append_ulid(std::string& out, const Ulid& ulid);
void append_number(std::string& out, std::uint64_t number);

}  // namespace laterbase::api
