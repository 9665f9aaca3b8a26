package discordtest

import (
	"bytes"
	"compress/zlib"
	"net/http"
	"slices"
	"time"
)

// A Moment is a point in the life of a connection.
type Moment int

// The moments at which a GatewayFault can happen.
const (
	AtConnect  Moment = iota // instead of HELLO
	AtIdentify               // instead of READY
	AtResume                 // instead of RESUMED
	AfterReady               // right after READY or RESUMED
	Now                      // at once, on every open connection
)

// A GatewayFaultKind is what goes wrong with a connection.
type GatewayFaultKind int

// The kinds of faults of the gateway.
const (
	DropConnection   GatewayFaultKind = iota // without a closing frame
	AskReconnect                             // op 7
	InvalidSession                           // op 9 false: the session is over
	InvalidResumable                         // op 9 true
	Close                                    // with Code
	Hang                                     // nothing comes any more
	Delay                                    // For, and then all is well
	MuteAcks                                 // heartbeats are answered no longer
	EarlyAck                                 // op 11, and then all is well
	AskHeartbeat                             // op 1, and then all is well
	Garbage                                  // a frame that is no JSON, and then all is well
	RefuseUpgrade                            // AtConnect: 502, or Code, in HTML
	ReconnectAndGoOn                         // op 7, and then what would have come
	UnknownOp                                // an operation that there is not, and then all is well
)

// A GatewayFault is something that goes wrong with a connection to come, or
// with those that are open.
type GatewayFault struct {
	At    Moment
	Kind  GatewayFaultKind
	Code  int
	For   time.Duration
	Times int // 1 when it is zero, always when negative
}

// FailGateway adds faults of the gateway. They happen in the order in which
// they were added, each at its moment; those At Now happen at once.
func (s *Server) FailGateway(faults ...GatewayFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		if f.At != Now {
			s.gateway.faults = append(s.gateway.faults, &f)
			continue
		}
		for _, c := range s.gateway.conns {
			s.counters.Faults++
			s.strike(c, &f)
		}
	}
}

// Disconnect drops every connection.
func (s *Server) Disconnect() { s.FailGateway(GatewayFault{At: Now, Kind: DropConnection}) }

// Reconnect asks every connection to connect anew: op 7.
func (s *Server) Reconnect() { s.FailGateway(GatewayFault{At: Now, Kind: AskReconnect}) }

// Invalidate tells every connection that its session is invalid: op 9.
func (s *Server) Invalidate(resumable bool) {
	kind := InvalidSession
	if resumable {
		kind = InvalidResumable
	}
	s.FailGateway(GatewayFault{At: Now, Kind: kind})
}

// CloseWith closes every connection with a code.
func (s *Server) CloseWith(code int) {
	s.FailGateway(GatewayFault{At: Now, Kind: Close, Code: code})
}

// takeGatewayFault is the fault of a moment.
func (s *Server) takeGatewayFault(at Moment) *GatewayFault {
	for i, f := range s.gateway.faults {
		if f.At != at {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.gateway.faults = append(s.gateway.faults[:i:i], s.gateway.faults[i+1:]...)
			}
		}
		s.counters.Faults++
		taken := *f
		return &taken
	}
	return nil
}

// gatewayFault lets a fault happen. It reports whether what would have come
// still comes.
func (s *Server) gatewayFault(r *http.Request, c *conn, f *GatewayFault) bool {
	if f == nil {
		return true
	}
	if f.Kind == Delay {
		return sleep(r.Context(), f.For)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.strike(c, f)
}

// goesOn reports whether the client is listened to after a fault that took the
// place of an answer.
func (s *Server) goesOn(f *GatewayFault) bool {
	return f.Kind == InvalidSession || f.Kind == InvalidResumable || f.Kind == AskReconnect || f.Kind == MuteAcks
}

// strike does what a fault does to a connection, and reports whether what would
// have come still comes.
func (s *Server) strike(c *conn, f *GatewayFault) bool {
	end := func() {
		// What Discord declares invalid cannot be resumed.
		if ss := c.session; ss != nil {
			ss.dead, ss.conn = true, nil
			delete(s.gateway.sessions, ss.id)
			c.session = nil
		}
	}
	switch f.Kind {
	case DropConnection:
		c.drop()
	case AskReconnect:
		c.send(opReconnect, nil)
	case ReconnectAndGoOn:
		c.send(opReconnect, nil)
		return true
	case InvalidSession:
		end()
		c.send(opInvalidSession, false)
	case InvalidResumable:
		if ss := c.session; ss != nil {
			ss.conn, ss.gone, c.session = nil, s.time(), nil
		}
		c.send(opInvalidSession, true)
	case Close:
		if f.Code == CloseTimedOut || f.Code == CloseBadSeq || slices.Contains(FatalCodes, f.Code) {
			end()
		}
		c.closeWith(f.Code)
	case Hang:
		c.mu.Lock()
		c.frozen = true
		if c.beat != nil {
			c.beat.Stop()
		}
		c.mu.Unlock()
	case MuteAcks:
		c.mu.Lock()
		c.noAcks = true
		c.mu.Unlock()
		return true
	case EarlyAck:
		c.send(opAck, nil)
		return true
	case AskHeartbeat:
		c.send(opHeartbeat, nil)
		return true
	case Garbage:
		c.push(frame{data: []byte(`{"op":`)})
		return true
	case UnknownOp:
		c.send(99, object{"new": true})
		return true
	default:
		return true
	}
	return false
}

// deflate packs a payload for a client that asked for it.
func deflate(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
