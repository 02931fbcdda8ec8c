#include "engine/base/invariant.h"
#include "server/http/chunked.h"

// A chunked body decodes alike in one piece and in pieces of whatever size the first byte says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  if (size == 0) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] % 16;
  http::ChunkedDecoder whole(4096), pieces(4096);
  std::string body, same;
  const std::size_t used = whole.take(wire, body);
  std::size_t at = 0;
  while (at < wire.size() && pieces.state() == http::ChunkedDecoder::State::more)
    at += pieces.take(wire.substr(at, piece), same);
  LATERBASE_INVARIANT(whole.state() == pieces.state() && used == at && body == same, "pieces make no difference");
  LATERBASE_INVARIANT(body.size() <= 4096, "the limit holds");
  return 0;
}
