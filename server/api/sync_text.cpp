#include "server/api/sync_text.h"

namespace laterbase::api {

nlohmann::ordered_json report_json(const sync::Report& report) {
  return {{"sent", report.sent},           {"received", report.received}, {"round_trips", report.round_trips},
          {"bytes_out", report.bytes_out}, {"bytes_in", report.bytes_in}, {"mode", sync::name_of(report.mode)},
          {"equal", report.equal}};
}

const http::Problem& problem_of(const sync::Trouble& trouble) {
  return trouble.where == sync::Trouble::Where::here ? http::problems::unavailable : http::problems::peer_trouble;
}

}  // namespace laterbase::api
