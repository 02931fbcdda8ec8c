#pragma once

#include "engine/base/random.h"
#include "sync/message.h"

namespace laterbase::sync {

// Any members, of any content that can be said in both codecs. `asked` are ids that its lacks are some of.
struct RandomMessage {
  explicit RandomMessage(Random& random);

  Message message;
  std::vector<Ulid> asked;
};

}  // namespace laterbase::sync
