#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/events/append.h"
#include "engine/events/snapshot.h"
#include "sync/message.h"

// Where a node's doing can be bent: the right design bends nothing. Each wrong one (wrong_designs.h) is one that
// somebody could have built, and that the checkers must catch.
namespace laterbase::simulation {

class Process;

class Design {
 public:
  virtual ~Design() = default;

  // A message on its way: as the asking side sends it, as the other reads it; the answer, likewise.
  virtual void sends(Process& /*asking*/, std::size_t /*peer*/, sync::Message& /*request*/) {}
  virtual void reads(Process& /*answering*/, sync::Message& /*request*/) {}
  virtual void answers(Process& /*answering*/, const sync::Message& /*request*/, sync::Message& /*answer*/) {}
  virtual void takes(Process& /*asking*/, std::size_t /*peer*/, const sync::Message& /*request*/,
                     sync::Message& /*answer*/) {}

  // What comes from a peer, before it is merged; and whether it is made durable then.
  virtual void merges(Process& /*process*/, Batch& /*batch*/) {}
  virtual bool syncs_merges() const { return true; }
  virtual bool syncs_writes() const { return true; }

  virtual bool begins_new_epochs() const { return true; }
  virtual bool sees_copies() const { return true; }             // whether a copied file is noticed at its opening
  virtual bool notes_ride_with_events() const { return true; }  // else they are durable at once
  virtual bool notes_are_restored() const { return true; }      // with the disk that they are on
  virtual void remembers(const std::string& /*name*/, std::string& /*value*/) {}

  // What the checkers believe to have been written and acknowledged besides what was: for the canary.
  virtual bool adds_a_phantom() const { return false; }
};

}  // namespace laterbase::simulation
