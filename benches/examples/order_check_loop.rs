fn main() {
    let engine = cds_core::Engine::new(cds_rules::PACK).unwrap();
    let call = cds_benches::order_check(20);
    let n: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut t = Vec::new();
    let mut len = 0;
    for _ in 0..n { let s = std::time::Instant::now(); len = engine.answer_json(&call).len(); t.push(s.elapsed().as_secs_f64()*1e6); }
    t.sort_by(f64::total_cmp);
    println!("{} bytes p50 {:.0} p99 {:.0}", len, t[n/2], t[n*99/100]);
}
