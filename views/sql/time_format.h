#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "views/sql/datetime.h"

// to_char(moment, format) and to_char(interval, format): all of PostgreSQL's patterns, with FM and TM before them and
// TH behind; text in double quotes and whatever is no pattern stands for itself. Names are English.
// Errors: SqlException 22007 for what an interval doesn't have (the name of a month).
namespace laterbase::sql {

std::string format_moment(std::int64_t us, std::string_view format, bool with_zone);
std::string format_interval(const IntervalParts& interval, std::string_view format);

}  // namespace laterbase::sql
