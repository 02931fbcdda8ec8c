#pragma once

#include <string_view>

namespace laterbase::api {

// One page of HTML that needs nothing but this node.
std::string_view dashboard_page() noexcept;

}  // namespace laterbase::api
