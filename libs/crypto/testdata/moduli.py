import random, sys
random.seed(20261123)
def is_prime(n,k=24):
    if n<2: return False
    for p in [2,3,5,7,11,13,17,19,23,29,31,37]:
        if n%p==0: return n==p
    d=n-1;s=0
    while d%2==0: d//=2;s+=1
    for _ in range(k):
        a=random.randrange(2,n-1);x=pow(a,d,n)
        if x in(1,n-1): continue
        for _ in range(s-1):
            x=x*x%n
            if x==n-1: break
        else: return False
    return True
def prime(bits):
    while True:
        p=random.getrandbits(bits)|(3<<(bits-2))|1
        if is_prime(p): return p
def next_prime(p):
    p+=2
    while not is_prime(p): p+=2
    return p
primes=[p for p in range(2,1000) if is_prime(p)]
M=1
for p in primes[:126]: M*=p
def roca_prime(bits):
    while True:
        k=random.getrandbits(bits-M.bit_length())|(3<<(bits-M.bit_length()-2))
        p=k*M+pow(65537,random.randrange(1<<200),M)
        if p.bit_length()==bits and is_prime(p): return p
out={}
while True:
    n=roca_prime(1024)*roca_prime(1024)
    if n.bit_length()==2048: break
out['roca']=n
p=prime(1024); q=next_prime(p); out['adjacent primes']=p*q
# found in some but fewer than 100 rounds: difference about 2*sqrt(2*r)*n^(1/4)
import math
def rounds(p,q):
    n=p*q; a=math.isqrt(n); 
    return (p+q)//2-a
while True:
    q=next_prime(p+ (int(2*math.sqrt(2*60)*2**512)))
    r=rounds(p,q)
    if 40<r<=99: break
    p=prime(1024)
out['found in round %d'%r]=p*q
q=next_prime(p+2*int(2*math.sqrt(2*60))*2**512*2); r=rounds(p,q); out['not found before round %d'%r]=p*q
out['square']=prime(1024)**2
out['cube']=prime(683)**3
out['prime']=prime(2048)
while True:
    q=prime(2038); n=751*q
    if n.bit_length()==2048: break
out['factor 751']=n
while True:
    q=prime(2038); n=757*q
    if n.bit_length()==2048: break
out['factor 757']=n
out['good']=prime(1024)*prime(1024)
for k,v in out.items(): print('%s: %x'%(k,v), v.bit_length(), file=sys.stderr); 
with open(sys.argv[1],'w') as f:
    f.write('# RSA moduli for rsa_weakness_test, made by moduli.py in this folder. name: hexadecimal\n')
    for k,v in out.items(): 
        h='%x'%v
        if len(h)%2: h='0'+h
        f.write('%s: %s\n'%(k,h))
