#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace laterbase::sql {

// to_char(moment, format): YYYY YY MM Mon MON mon Month MONTH month DD DDD D ID Dy DY dy Day DAY day HH HH12 HH24 MI SS
// MS US AM PM am pm Q WW IW IYYY J TZ OF, FM before one of them, and text in double quotes; all else stands for itself.
std::string format_moment(std::int64_t us, std::string_view format, bool with_zone);

}  // namespace laterbase::sql
