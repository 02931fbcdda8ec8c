#include <algorithm>

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
  // As a connection does it: what was left is given again with the next piece behind it.
  std::size_t at = 0;
  for (std::size_t come = 0; come < wire.size() && pieces.state() == http::ChunkedDecoder::State::more;) {
    come = std::min(come + piece, wire.size());
    at += pieces.take(wire.substr(at, come - at), same);
  }
  const bool done = whole.state() == http::ChunkedDecoder::State::done;
  LATERBASE_INVARIANT(done == (pieces.state() == http::ChunkedDecoder::State::done), "pieces make no difference");
  LATERBASE_INVARIANT(!done || (used == at && body == same), "pieces make no difference");
  LATERBASE_INVARIANT(body.size() <= 4096 && same.size() <= 4096, "the limit holds");
  return 0;
}
