package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/**
 * Stack for what must not be interrupted in its middle. A StackOverflowError can come at any call; {@link #reserve} has it come now,
 * before anything has changed, if fewer than 8 KiB are left. What is called after it, in the same method, needs less.
 *
 * <p>The JVM looks for room when it enters a method: for the frame that the interpreter would need, also where the method is
 * compiled, because it can fall back to the interpreter in the middle of it. So a method that declares many variables and uses none
 * asks for a large frame and, when compiled, does nothing else: a nanosecond or two.
 */
public final class Stack {
    /** Whether {@link #load} has run. Not a constant: a compiler that knew it would see that the method does nothing. */
    private static boolean loaded;

    /** Why jffi's native part cannot be loaded: every call that asks for the stack says so. */
    private static volatile @Nullable UnsatisfiedLinkError unsatisfied;

    /** Why it could not be loaded this time. */
    private static volatile @Nullable String notYet;

    private Stack() {}

    /**
     * Asks for the stack.
     *
     * @throws StackOverflowError the thread has not that much left
     * @throws OutOfMemoryError in the first calls only: the system gives no thread, which jffi needs; nothing has been done then, and
     *     the next call tries again
     */
    public static void reserve() {
        frame(loaded);
    }

    private static synchronized void load() {
        if (loaded) {
            // by another thread meanwhile
            return;
        }
        Loading all = new Loading();
        notYet = null;
        try {
            own(all);
        } catch (OutOfMemoryError noThread) {
            all.run();
        }
        UnsatisfiedLinkError refusal = unsatisfied;
        if (refusal != null) {
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError(refusal.getMessage()).initCause(refusal.getCause());
        }
        String refused = notYet;
        if (refused != null) {
            throw new OutOfMemoryError(refused);
        }
        loaded = true;
    }

    /** The classes that any call may come to first. No lambda: the JDK would initialise its own for that on the caller's stack. */
    private static final class Loading implements Runnable, Thread.UncaughtExceptionHandler {
        @Override
        public void run() {
            // before the initialiser of Native
            JffiCleaner.start();
            Linux.gettid();
            new GrowingTable<>().get(0);
            Errnos.name(1);
            // without a free descriptor a class may not be found
            Limits.text(0);
            Runnable lambda = () -> {};
            lambda.run();
        }

        /** What is wrong with a class shows where it is used; without native code that is everywhere. */
        // the one that is thrown is another, with the cause of this
        @SuppressWarnings("StaticAssignmentOfThrowable")
        @Override
        public void uncaughtException(Thread thread, Throwable dropped) {
            if (dropped instanceof UnsatisfiedLinkError refusal) {
                unsatisfied = refusal;
            } else if (dropped instanceof OutOfMemoryError refusal) {
                notYet = String.valueOf(refusal.getMessage());
            }
        }
    }

    /**
     * Runs something that initialises classes in a thread with a stack of its own, and waits for it: a class whose initialiser is
     * interrupted by an error cannot be used any more. What it throws is dropped.
     *
     * @throws OutOfMemoryError no memory, or the system refuses a thread; nothing has been done then
     */
    public static void own(Runnable initialises) {
        Thread loading = new Thread(null, initialises, "sigkevent-loading", 0, false);
        loading.setDaemon(true);
        // whatever it loads may start threads that inherit from it. Not by Threads, whose initialiser this stack may be
        // too full for
        loading.setPriority(Thread.NORM_PRIORITY);
        loading.setContextClassLoader(Stack.class.getClassLoader());
        loading.setUncaughtExceptionHandler(new Loading());
        loading.start();
        boolean interrupted = false;
        while (loading.isAlive()) {
            try {
                loading.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // spotless:off
    @SuppressWarnings("UnusedVariable")
    private static void frame(boolean loaded) {
        long    aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al, am, an, ao, ap, aq, ar, as, at, au, av, aw, ax, ay, az,
                ba, bb, bc, bd, be, bf, bg, bh, bi, bj, bk, bl, bm, bn, bo, bp, bq, br, bs, bt, bu, bv, bw, bx, by, bz,
                ca, cb, cc, cd, ce, cf, cg, ch, ci, cj, ck, cl, cm, cn, co, cp, cq, cr, cs, ct, cu, cv, cw, cx, cy, cz,
                da, db, dc, dd, de, df, dg, dh, di, dj, dk, dl, dm, dn, dp, dq, dr, ds, dt, du, dv, dw, dx, dy, dz, ea,
                eb, ec, ed, ee, ef, eg, eh, ei, ej, ek, el, em, en, eo, ep, eq, er, es, et, eu, ev, ew, ex, ey, ez, fa,
                fb, fc, fd, fe, ff, fg, fh, fi, fj, fk, fl, fm, fn, fo, fp, fq, fr, fs, ft, fu, fv, fw, fx, fy, fz, ga,
                gb, gc, gd, ge, gf, gg, gh, gi, gj, gk, gl, gm, gn, go, gp, gq, gr, gs, gt, gu, gv, gw, gx, gy, gz, ha,
                hb, hc, hd, he, hf, hg, hh, hi, hj, hk, hl, hm, hn, ho, hp, hq, hr, hs, ht, hu, hv, hw, hx, hy, hz, ia,
                ib, ic, id, ie, ig, ih, ii, ij, ik, il, im, in, io, ip, iq, ir, is, it, iu, iv, iw, ix, iy, iz, ja, jb,
                jc, jd, je, jf, jg, jh, ji, jj, jk, jl, jm, jn, jo, jp, jq, jr, js, jt, ju, jv, jw, jx, jy, jz, ka, kb,
                kc, kd, ke, kf, kg, kh, ki, kj, kk, kl, km, kn, ko, kp, kq, kr, ks, kt, ku, kv, kw, kx, ky, kz, la, lb,
                lc, ld, le, lf, lg, lh, li, lj, lk, ll, lm, ln, lo, lp, lq, lr, ls, lt, lu, lv, lw, lx, ly, lz, ma, mb,
                mc, md, me, mf, mg, mh, mi, mj, mk, ml, mm, mn, mo, mp, mq, mr, ms, mt, mu, mv, mw, mx, my, mz, na, nb,
                nc, nd, ne, nf, ng, nh, ni, nj, nk, nl, nm, nn, no, np, nq, nr, ns, nt, nu, nv, nw, nx, ny, nz, oa, ob,
                oc, od, oe, of, og, oh, oi, oj, ok, ol, om, on, oo, op, oq, or, os, ot, ou, ov, ow, ox, oy, oz, pa, pb,
                pc, pd, pe, pf, pg, ph, pi, pj, pk, pl, pm, pn, po, pp, pq, pr, ps, pt, pu, pv, pw, px, py, pz, qa, qb,
                qc, qd, qe, qf, qg, qh, qi, qj, qk, ql, qm, qn, qo, qp, qq, qr, qs, qt, qu, qv, qw, qx, qy, qz, ra, rb,
                rc, rd, re, rf, rg, rh, ri, rj, rk, rl, rm, rn, ro, rp, rq, rr, rs, rt, ru, rv, rw, rx, ry, rz, sa, sb,
                sc, sd, se, sf, sg, sh, si, sj, sk, sl, sm, sn, so, sp, sq, sr, ss, st, su, sv, sw, sx, sy, sz, ta, tb,
                tc, td, te, tf, tg, th, ti, tj, tk, tl, tm, tn, to, tp, tq, tr, ts, tt;
        if (!loaded) {
            // at this call the compilers have to be ready for the frame
            load();
        }
    }
    // spotless:on
}
