----------------------------- MODULE RaftTrace ------------------------------
(***************************************************************************)
(* Are these runs of the simulation behaviours of Raft.tla? TraceData.tla, *)
(* which the simulation writes, holds them: per run the steps in their     *)
(* order, each with all parameters of its action. So from each state there *)
(* is one step at most, and a run is refused where there is none: TLC says *)
(* that a deadlock is reached, and `at` names the step.                    *)
(***************************************************************************)
EXTENDS Raft, TraceData

VARIABLES run, at

Saw(s, e) ==
  LET m == mem[s] IN
  /\ m.term = e.term /\ m.vote = e.vote /\ m.role = e.role /\ m.commit = e.commit
  /\ Len(m.log) = e.len /\ LastTerm(m.log) = e.lastTerm
  /\ m.fort = [term |-> e.fortTerm, leader |-> e.fortLeader, epoch |-> e.fortEpoch]
SawDisk(s, e) ==
  LET d == disk[s] IN
  /\ d.term = e.term /\ d.vote = e.vote /\ Len(d.log) = e.len /\ LastTerm(d.log) = e.lastTerm
  /\ d.fort = [term |-> e.fortTerm, leader |-> e.fortLeader, epoch |-> e.fortEpoch]

Step(e) ==
  LET s == e.s IN
  CASE e.do = "See" -> Saw(s, e) /\ UNCHANGED vars
    [] e.do = "SeeDisk" -> SawDisk(s, e) /\ UNCHANGED vars
    [] e.do = "Lease" -> LeaseValid(s) /\ UNCHANGED vars
    [] e.do = "Write" -> Write(s)
    [] e.do = "Persist" -> Persist(s, e.n)
    [] e.do = "Crash" -> Crash(s, e.n)
    [] e.do = "Start" -> Start(s)
    [] e.do = "Follow" -> Follow(s, e.term)
    [] e.do = "Campaign" -> Campaign(s, FALSE) \/ (Bound(s) /\ Campaign(s, TRUE))
    [] e.do = "PreAsk" -> PreAsk(s, e.term)
    [] e.do = "Ask" -> Ask(s, e.term, e.lastTerm, e.len, e.transfer)
    [] e.do = "Vote" -> Vote(s, e.to)
    [] e.do = "Grant" -> Grant(s, e.to, e.term)
    [] e.do = "Lead" -> Lead(s)
    [] e.do = "StepDown" -> StepDown(s)
    [] e.do = "Propose" -> Propose(s, e.write)
    [] e.do = "Accept" -> Accept(s, SubSeq(mem[s].log, 1, e.from) \o e.entries)
    [] e.do = "Ack" -> Ack(s, e.term, e.len)
    [] e.do = "Commit" -> Commit(s, e.n)
    [] e.do = "Learn" -> Learn(s, e.n)
    [] e.do = "Apply" -> Apply(s, e.n)
    [] e.do = "Support" -> Support(s, e.to, e.epoch)
    [] e.do = "RaiseEpoch" -> RaiseEpoch(s, e.epoch)
    [] e.do = "Fortify" -> Fortify(s, e.term, e.to, e.epoch)
    [] e.do = "Fortified" -> Fortified(s, e.term, e.to, e.epoch)
    [] e.do = "Unfortified" -> Unfortified(s, e.term, e.epoch)
    [] e.do = "Unbind" -> Unbind(s)
    [] e.do = "HandOver" -> HandOver(s, e.term, e.to)

TraceInit == Init /\ run \in 1..Len(Runs) /\ at = 1
TraceNext ==
  \/ /\ at <= Len(Runs[run]) /\ Step(Runs[run][at])
     /\ at' = at + 1 /\ run' = run
  \/ at > Len(Runs[run]) /\ UNCHANGED <<vars, run, at>>
TraceSpec == TraceInit /\ [][TraceNext]_<<vars, run, at>>
\* A state of one run is told from others by how far it is.
Place == <<run, at>>
=============================================================================
