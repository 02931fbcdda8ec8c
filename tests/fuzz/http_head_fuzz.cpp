#include "engine/base/invariant.h"
#include "server/http/head.h"
#include "server/http/negotiate.h"
#include "server/http/query.h"

// Any bytes as the start of a connection: no crash, and nothing taken that breaks the rules a good head keeps.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)http::hopeless(input);
  const auto end = http::head_end(input);
  if (!end) return 0;
  LATERBASE_INVARIANT(*end <= size && *end >= 4, "a head ends within what has come");
  const auto head = http::parse_head(input.substr(0, *end));
  if (!head) {
    LATERBASE_INVARIANT(head.error().status >= 400 && !head.error().detail.empty(), "a refusal says why");
    return 0;
  }
  LATERBASE_INVARIANT(!(head->chunked && head->content_length), "a body has one length");
  LATERBASE_INVARIANT(!(head->chunked && head->http_1_0), "HTTP/1.0 has no chunks");
  LATERBASE_INVARIANT(head->path == "*" || head->path.starts_with('/'), "a path is absolute");
  const std::string_view accept = head->accept;
  constexpr std::string_view offers[] = {"application/json", "text/event-stream"};
  (void)http::best_type(accept, offers);
  (void)http::best_coding(head->accept_encoding);
  (void)http::parse_query(head->query);
  return 0;
}
