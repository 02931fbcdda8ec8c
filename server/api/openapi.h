#pragma once

#include <string>

#include "server/http/router.h"

namespace laterbase::api {

// The API as an OpenAPI 3.1 document, from the same table that the router uses.
std::string openapi_document(const http::Router& router);

}  // namespace laterbase::api
