#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "server/http/problem.h"
#include "sync/conversation.h"

// What exchanges come to, as the HTTP contract writes it.
namespace laterbase::api {

// {"sent","received","round_trips","bytes_out","bytes_in","mode","equal"}
nlohmann::ordered_json report_json(const sync::Report& report);

const http::Problem& problem_of(const sync::Trouble& trouble);

}  // namespace laterbase::api
